// work.go: real work for a Go program that calls C; ten C strings are lost.
package main

/*
#include <stdlib.h>
#include <string.h>

static size_t length(const char *text) { return strlen(text); }

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int middle(int count)
{
	int *numbers = malloc(count * sizeof *numbers);
	for (int i = 0; i < count; i++)
		numbers[i] = (int)((unsigned)i * 7919u % 10007u);
	qsort(numbers, count, sizeof *numbers, compare);
	int found = numbers[count / 2];
	free(numbers);
	return found;
}
*/
import "C"

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"runtime"
	"sort"
	"sync"
	"unsafe"
)

func measured(text string, keep bool) int {
	copied := C.CString(text)
	if !keep {
		defer C.free(unsafe.Pointer(copied))
	}
	return int(C.length(copied))
}

func grouped(count int) map[string]int {
	groups := map[string]int{}
	for i := 0; i < count; i++ {
		groups[fmt.Sprintf("name %d", i*7919%1009)]++
	}
	return groups
}

func served(count int) int {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(grouped(100))
	}))
	defer server.Close()
	total := 0
	for i := 0; i < count; i++ {
		answer, err := http.Get(server.URL)
		if err != nil {
			panic(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		total += len(body)
	}
	return total
}

func main() {
	var group sync.WaitGroup
	sums := make([]int, 16)
	for number := range sums {
		group.Add(1)
		go func(number int) {
			defer group.Done()
			for i := 0; i < 2000; i++ {
				sums[number] += measured(fmt.Sprint("text ", i), false)
			}
			sums[number] += int(C.middle(C.int(10000 + number)))
		}(number)
	}
	group.Wait()
	for i := 0; i < 10; i++ {
		measured("a string of C's that nobody frees", true)
	}
	sort.Ints(sums)
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	text, _ := json.Marshal(grouped(50000))
	writer.Write(text)
	writer.Close()
	for i := 0; i < 5; i++ {
		runtime.GC()
	}
	said, err := exec.Command("echo", "from a child").Output()
	fmt.Printf("%v %x %d %s %v\n", sums, sha256.Sum256(text), served(50), said, err)
}
