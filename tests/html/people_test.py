#!/usr/bin/env python3
"""people_test.py: the page can be read by everybody: contrast in light and dark, names for what is
only drawn, narrow screens, paper. Pictures of it are left in the folder pictures of the programs,
with an index."""


from pages import Once, check, equal, make_pictures, run_with_a_browser, shop


CONTRAST = """
const parse = (color) => color.match(/[\\d.]+/g).map(Number);
const light = ([red, green, blue]) => {
  const part = (value) =>
    (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
};
const ground = (one) => {
  for (; one; one = one.parentElement) {
    const color = parse(getComputedStyle(one).backgroundColor);
    if ((color[3] ?? 1) > 0) return color;
  }
  return [255, 255, 255];
};
const found = [];
for (const one of document.querySelectorAll("body *")) {
  const isText = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!isText || !one.checkVisibility() || one.closest("[hidden], .skip")) continue;
  const style = getComputedStyle(one);
  const text = light(parse(one.closest("svg") ? style.fill : style.color));
  const under = light(ground(one));
  const ratio = (Math.max(text, under) + 0.05) / (Math.min(text, under) + 0.05);
  if (ratio < 4.5) found.push(`${one.tagName}.${one.className} ${one.textContent}: ${ratio}`);
}
return found"""


def case_contrast():
    for scheme in ("light", "dark"):
        browser = shop(scheme=scheme)
        browser.click(".all-sites tr[data-site] button")
        equal(f"text of little contrast, {scheme}", browser.run(CONTRAST), [])


def case_theme_can_be_chosen():
    browser = shop()
    ground = "return getComputedStyle(document.documentElement).backgroundColor"
    light = browser.run(ground)
    browser.click("#theme")
    equal("light", (browser.text("#theme"), browser.run(ground)), ("theme: light", light))
    browser.click("#theme")
    equal("name", browser.text("#theme"), "theme: dark")
    check(browser.run(ground) != light, "dark is as light")


def case_names_for_those_who_cannot_see_it():
    browser = shop()
    for name in ("main", "h1", "header.masthead", "footer"):
        equal(name, browser.count(name), 1)
    equal("without a name", browser.run("""
        const controls = "button, input, select, canvas, section, svg[role=img]";
        return [...document.querySelectorAll(controls)]
          .filter((one) => one.checkVisibility() && !(one.ariaLabel || one.labels?.length ||
            one.textContent.trim() || document.getElementById(one.getAttribute("aria-labelledby"))))
          .map((one) => one.outerHTML)"""), [])
    equal("ids that occur twice", browser.run("""
        const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
        return ids.filter((id, index) => ids.indexOf(id) !== index)"""), [])
    browser.press("Tab")
    equal("first stop", browser.run("return document.activeElement.textContent"),
          "Skip to the report")


def case_narrow_screens():
    browser = shop(400)
    wide = browser.run("""return [...document.querySelectorAll("body *")].filter((one) =>
        one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1 &&
        !one.closest(".heap table, .segments, .looks, #tip, .skip")).map((one) =>
        `${one.tagName}.${one.className}`)""")
    equal("wider than the screen", wide, [])


def case_pictures():
    folder = make_pictures()
    for name, width, scheme in (("light", 1440, "light"), ("dark", 1440, "dark"),
                                ("narrow", 400, "light")):
        browser = shop(width, scheme)
        browser.click(".all-sites tr[data-site] button")
        browser.run("document.activeElement.blur(); scrollTo({top: 0, behavior: 'instant'})")
        browser.picture(folder / f"{name}.png")
        check((folder / f"{name}.png").stat().st_size > 20000, f"{name}: a picture of nothing")
    shop().paper(folder / "paper.pdf")
    pages = (folder / "paper.pdf").read_bytes().count(b"/Type /Page\n")
    check(1 < pages < 6, f"{pages} pages of paper")
    names = sorted(path.name for path in folder.glob("*.png"))
    pictures = "".join(f"<h2>{name}</h2><img src='{name}' width='720'>" for name in names)
    (folder / "index.html").write_text("<!doctype html><title>memtrace report --format=html</title>"
                                       f"{pictures}<p><a href='paper.pdf'>paper</a>")
    print(f"pictures: {folder}/index.html")


run_with_a_browser(globals())
