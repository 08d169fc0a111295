/* words.c: a module of Python with two functions; one never gives its result's first form back. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* count(text): the number of its words. */
static PyObject *count(PyObject *module, PyObject *text)
{
    PyObject *words = PyUnicode_Split(text, NULL, -1);
    if (!words)
        return NULL;
    PyObject *number = PyLong_FromSsize_t(PyList_GET_SIZE(words));
    Py_DECREF(words);
    return number;
}

/* shout(text): in capitals, with an exclamation mark. */
static PyObject *shout(PyObject *module, PyObject *text)
{
    PyObject *loud = PyObject_CallMethod(text, "upper", NULL);
    return loud ? PyUnicode_FromFormat("%U!", loud) : NULL; /* loud still has a reference */
}

static PyMethodDef methods[] = {
    {"count", count, METH_O, NULL},
    {"shout", shout, METH_O, NULL},
    {NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "words",
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit_words(void)
{
    return PyModule_Create(&definition);
}
