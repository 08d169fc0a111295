"""browser.py: a Chromium without a window, driven by the WebDriver protocol, which is JSON over
HTTP: what a test needs of it is a page long, where a binding would be a dozen packages. It gets no
network to speak of, a profile of its own, and is gone after the `with`."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from harness import Failure, Skip

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars", "--proxy-server=127.0.0.1:9")
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Left": "\ue012", "Up": "\ue013",
        "Right": "\ue014", "Down": "\ue015", "Home": "\ue011", "End": "\ue010"}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PATIENCE_SECONDS = 20


class Browser:
    """A browser with one page. Elements are named by CSS selectors."""

    def __init__(self, width=1440, height=900):
        self.driver_path = shutil.which("chromedriver")
        self.chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        if not self.driver_path or not self.chromium:
            raise Skip("needs chromium and chromium-driver")
        self.size = (width, height)

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="memtrace-test-",
                                                   ignore_cleanup_errors=True)
        log = Path(self.profile.name) / "driver"
        self.driver = subprocess.Popen([self.driver_path, "--port=0"], stdin=subprocess.DEVNULL,
                                       stdout=log.open("w"), stderr=subprocess.STDOUT)
        try:
            self.address = f"http://127.0.0.1:{self.find_port(log)}"
            self.session = ""
            options = {"binary": self.chromium, "args": [
                *FLAGS, f"--user-data-dir={self.profile.name}/chromium",
                f"--window-size={self.size[0]},{self.size[1]}"]}
            made = self.post("session", {"capabilities": {"alwaysMatch": {
                "browserName": "chrome", "goog:chromeOptions": options,
                "goog:loggingPrefs": {"browser": "ALL"}}}})
            self.session = f"session/{made['sessionId']}/"
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if getattr(self, "session", ""):
            self.call("DELETE", "")
        self.driver.terminate()
        self.driver.wait()
        self.profile.cleanup()

    @staticmethod
    def find_port(log):
        for _ in range(10 * PATIENCE_SECONDS):
            words = log.read_text().split("started successfully on port ")
            if len(words) > 1:
                return int(words[1].split(".")[0])
            time.sleep(0.1)
        raise Failure(f"chromedriver did not start: {log.read_text()}")

    # ---- the protocol ----

    def call(self, method, path, data=None):
        request = urllib.request.Request(
            f"{self.address}/{self.session}{path}".rstrip("/"), method=method,
            data=None if data is None else json.dumps(data).encode(),
            headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise Failure(f"{path}: {value['error']}: {value['message'].splitlines()[0]}") from None

    def post(self, path, data=None):
        return self.call("POST", path, data or {})

    def tell(self, command, **parameters):
        """Chromium's own protocol: what WebDriver has no words for."""
        return self.post("goog/cdp/execute", {"cmd": command, "params": parameters})

    # ---- pages ----

    def open(self, path):
        self.post("url", {"url": Path(path).resolve().as_uri()})

    def screen(self, width, scheme="light", height=900):
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.tell("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme},
                            {"name": "prefers-reduced-motion", "value": "reduce"}])

    def has_scripts(self, is_on):
        self.tell("Emulation.setScriptExecutionDisabled", value=not is_on)

    def run(self, script, *arguments):
        """What the script returns; it runs in the page, as a function's body."""
        return self.post("execute/sync", {"script": script, "args": list(arguments)})

    def effort_ms(self, script):
        """Processor time that the page takes for a script and what comes of it."""
        def spent():
            self.run("return new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
            metrics = self.tell("Performance.getMetrics")["metrics"]
            return 1000 * next(one["value"] for one in metrics if one["name"] == "TaskDuration")
        self.tell("Performance.enable", timeDomain="threadTicks")
        before = spent()
        self.run(script)
        return round(spent() - before)

    def complaints(self):
        """What the console says since it was asked last."""
        return [entry["message"] for entry in self.post("se/log", {"type": "browser"})]

    def picture(self, path, height_most=6000):
        """The whole page, as far as it is no longer than that."""
        size = self.tell("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"],
                "height": min(size["height"], height_most), "scale": 1}
        shot = self.tell("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        Path(path).write_bytes(base64.b64decode(shot["data"]))

    def paper(self, path):
        Path(path).write_bytes(base64.b64decode(self.post("print", {"background": True})))

    # ---- elements ----

    def find(self, selector):
        return self.post("element", {"using": "css selector", "value": selector})[ELEMENT]

    def count(self, selector):
        return self.run("return document.querySelectorAll(arguments[0]).length", selector)

    def text(self, selector):
        return self.call("GET", f"element/{self.find(selector)}/text")

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])]"
                        ".map((one) => one.textContent)", selector)

    def click(self, selector):
        self.post(f"element/{self.find(selector)}/click")

    def click_at(self, selector, right, down):
        """So many pixels from the upper left corner of an element."""
        self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center',"
                 "behavior: 'instant'})", selector)
        left, top = self.run("const box = document.querySelector(arguments[0])"
                             ".getBoundingClientRect(); return [box.left, box.top]", selector)
        place = {"type": "pointerMove", "duration": 0, "x": round(left + right),
                 "y": round(top + down)}
        self.post("actions", {"actions": [{
            "type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"},
            "actions": [place, {"type": "pointerDown", "button": 0},
                        {"type": "pointerUp", "button": 0}]}]})

    def write(self, selector, text):
        self.post(f"element/{self.find(selector)}/value", {"text": text})

    def press(self, *keys):
        """Keys, one after the other, wherever the focus is."""
        actions = [{"type": kind, "value": KEYS.get(key, key)}
                   for key in keys for kind in ("keyDown", "keyUp")]
        self.post("actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def wait_for(self, what, script, *arguments):
        """Until the script returns something true, which is returned."""
        for _ in range(20 * PATIENCE_SECONDS):
            found = self.run(script, *arguments)
            if found:
                return found
            time.sleep(0.05)
        raise Failure(f"{what}: did not come about")
