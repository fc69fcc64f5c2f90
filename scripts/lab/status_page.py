"""Looks at a coordinator's status page with a browser, and checks it: status_page.py URL FOLDER. Pictures go to FOLDER."""

import json
import sys
import time
import urllib.request

from playwright.sync_api import sync_playwright
from prometheus_client.parser import text_string_to_metric_families

WIDTHS = (360, 768, 1400)


def check(condition, what):
    if not condition:
        sys.exit(f"status-lab: FAILED: {what}")
    print(f"  {what}")


def contrast(first, second):
    def luminance(color):
        channels = [int(part) / 255 for part in color[color.index("(") + 1:-1].split(",")[:3]]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


# The colour of each element that has text of its own, and what is behind it.
COLORS = """() => [...document.querySelectorAll("body *")].flatMap(one => {
  const text = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  if (!text || !one.getClientRects().length || ["SCRIPT", "STYLE", "TITLE"].includes(one.tagName)) return [];
  let behind = one;
  while (behind && getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
  return [[one.textContent.trim().slice(0, 30), getComputedStyle(one).color,
           getComputedStyle(behind || document.body).backgroundColor]];
})"""


def look(browser, url, folder, scheme, width):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    messages, requests = [], []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(url, wait_until="domcontentloaded")
    page.wait_for_selector("#live.on")
    page.wait_for_timeout(1500)
    if width != WIDTHS[0]:
        page.locator("details summary").first.click()
    page.screenshot(path=f"{folder}/{scheme}-{width}.png", full_page=True)
    check(not messages, f"{scheme}, {width} px: no message on the console {messages}")
    check(page.title() == "Potline", f"{scheme}, {width} px: no name has become part of the page")
    check(all(one.startswith(url) for one in requests if not one.startswith("data:")),
          f"{scheme}, {width} px: nothing is fetched from elsewhere")
    wide = page.evaluate("[...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > "
                         "innerWidth + 1).slice(0, 5).map(one => one.outerHTML.slice(0, 120))")
    scroll = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    check(scroll <= 0, f"{scheme}, {width} px: nothing is wider than the window {wide if scroll > 0 else ''}")
    worst = min((contrast(front, behind), text) for text, front, behind in page.evaluate(COLORS))
    check(worst[0] >= 4.5, f"{scheme}, {width} px: least contrast {worst[0]:.1f} ({worst[1]})")
    page.close()


def follow(browser, url):
    page = browser.new_page()
    page.goto(url)
    page.wait_for_selector("#live.on")
    page.locator("details summary").first.click()
    before = page.locator("#workers").inner_text()
    page.wait_for_function("before => document.getElementById('workers').innerText !== before", arg=before)
    check(page.locator("details[open]").count() == 1, "the page updates, and opened details stay open")
    check(page.locator("svg.spark").count() >= 3, "losses are drawn")
    tree = page.locator("main").aria_snapshot()
    for words in ("heading \"Studies\"", "columnheader \"State\"", "rowheader \"lundby-2022", "table \"Workers"):
        check(words in tree, f"a screen reader finds: {words}")
    page.close()
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(url)
    check("lundby-2022" in plain.inner_text("#studies"), "the page is readable without scripts")
    plain.close()


def measure(url):
    text = urllib.request.urlopen(url + "metrics").read().decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    check(len(families) >= 20 and all(one.documentation and one.type != "unknown" for one in families.values()),
          f"{len(families)} metrics parse, each with HELP and TYPE")
    jobs = {one.labels["state"]: one.value for one in families["potline_jobs"].samples}
    check(jobs["failed"] >= 3 and jobs["running"] >= 1 and jobs["finished"] >= 5, f"jobs are counted: {jobs}")
    names = {one.labels["name"] for one in families["potline_study_jobs"].samples}
    check(any("<script>" in name for name in names), "labels keep names unchanged")
    whole = json.load(urllib.request.urlopen(url + "api"))
    check(whole["queue"]["workers"] == len(whole["workers"]) == 7, "the JSON has all workers")


def main(url, folder):
    measure(url)
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        for scheme in ("light", "dark"):
            for width in WIDTHS:
                look(browser, url, folder, scheme, width)
        follow(browser, url)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
