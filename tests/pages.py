#!/usr/bin/python3
"""Pages of small trainings in headless Chromium: they open without a word in the console and without asking the network,
their switches work, and they stay small.  The argument: the folder of the programs; a second one: where pictures go."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    from selenium import webdriver
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    sys.exit(print("skipped: needs selenium for /usr/bin/python3"))
if not (shutil.which("chromium") and shutil.which("chromedriver")):
    sys.exit(print("skipped: needs chromium and chromedriver"))

programs = pathlib.Path(sys.argv[1])
pictures = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
short = "--epochs 2 --limit-batches 4 --out"
trainings = {"image": f"mnist train {short}", "cloud": f"modelnet train {short}", "spectrogram": f"audio train {short}",
             "wave": f"audio train --front-end raw {short}", "text": "shakespeare train --epochs 2 --epoch-steps 4 --out",
             "transformer": f"mnist train --model transformer {short}", "completed": f"mnist reconstruct {short}"}


def browser(dark):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for word in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                 "--disable-background-networking", "--disable-component-update", "--window-size=1200,1600",
                 f"--blink-settings=preferredColorScheme={0 if dark else 1}"]:
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options)


def check(holds, what):
    if not holds:
        sys.exit(f"FAIL: {what}")


def open_page(driver, file):
    check(file.stat().st_size <= 3_000_000, f"{file} has {file.stat().st_size} bytes")
    driver.get(file.as_uri())
    wait_for_frames(driver)  # charts are drawn
    messages = driver.get_log("browser")
    check(not messages, f"{file}: the console says {messages}")
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    others = [url for url in asked if not url.startswith("data:") and url != file.as_uri()]
    check(not others, f"{file} asks for {others}")


def check_charts(driver, file):
    charts = driver.find_elements(By.CSS_SELECTOR, ".charts [role=group]")
    check(len(charts) >= 3, f"{file} has {len(charts)} charts")
    for chart in charts:
        check(chart.get_attribute("aria-label") and chart.find_elements(By.TAG_NAME, "canvas"), f"{file}: an empty chart")


def wait_for_frames(driver):
    driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")


def labels(driver):
    return {label.text for label in driver.find_elements(By.CSS_SELECTOR, ".u-series th")}


def has_color(driver, selector):
    return driver.execute_script("""
        const canvas = document.querySelector(arguments[0]), {width, height} = canvas;
        const seen = canvas.getContext("2d").getImageData(0, 0, width, height).data;
        return new Set(new Uint32Array(seen.buffer)).size > 8;""", selector)


def pixels(driver, selector):
    return driver.execute_script("return document.querySelector(arguments[0]).toDataURL()", selector)


def try_latents(driver, kind):
    large = ".large:nth-of-type(2) canvas"
    caption = driver.find_element(By.CSS_SELECTOR, ".large:nth-of-type(2) figcaption")
    check("bits" in caption.text and "scores" in caption.text, f"{kind}: the caption is {caption.text}")
    check(has_color(driver, large), f"{kind}: the map is of one color")
    before = pixels(driver, large)
    driver.find_elements(By.CSS_SELECTOR, "fieldset:last-of-type input")[1].click()
    check("weights 0 to" in caption.text, f"{kind}: after the softmax the caption is {caption.text}")
    check(pixels(driver, large) != before, f"{kind}: before and after the softmax look the same")
    tile = driver.find_elements(By.CSS_SELECTOR, ".tile")[3]
    tile.send_keys(Keys.ENTER)
    check(caption.text.startswith("Latent 3") and tile.get_attribute("aria-pressed") == "true", f"{kind}: {caption.text}")
    for switch in range(2):  # another input, another cross-attend
        before = pixels(driver, large)
        driver.find_elements(By.CSS_SELECTOR, f"fieldset:nth-of-type({switch + 1}) input")[1].click()
        check(pixels(driver, large) != before, f"{kind}: switch {switch} changes nothing")
    if kind == "cloud":
        before = pixels(driver, large)
        driver.find_element(By.CSS_SELECTOR, large).send_keys(Keys.ARROW_RIGHT)
        wait_for_frames(driver)
        check(pixels(driver, large) != before, "the cloud does not turn")


with tempfile.TemporaryDirectory() as folder:
    runs = pathlib.Path(folder)
    for kind, words in trainings.items():
        program, *rest = words.split()
        subprocess.run([programs / program, *rest, runs / kind], check=True, stdout=subprocess.DEVNULL)
    out = subprocess.run([programs / "mnist", "runs", runs], check=True, stdout=subprocess.PIPE, text=True).stdout
    check(all(kind in out for kind in trainings), f"`mnist runs` says\n{out}")
    comparison = runs / "comparison"
    subprocess.run([programs / "compare_attention", "--most-tokens", "256", "--out", comparison], check=True,
                   stdout=subprocess.DEVNULL)
    for dark in [False, True]:
        driver = browser(dark)
        for kind in trainings:
            open_page(driver, runs / kind / "report.html")
            check_charts(driver, kind)
            if pictures:
                driver.save_screenshot(str(pictures / f"{kind}-{'dark' if dark else 'light'}.png"))
            if kind == "completed":
                check(len(driver.find_elements(By.CSS_SELECTOR, ".tiles canvas")) == 24, "eight completions are shown")
            if not dark and kind not in ["text", "transformer", "completed"]:
                try_latents(driver, kind)
            check(not driver.get_log("browser"), f"{kind}: the switches make the console speak")
        open_page(driver, runs / "runs.html")
        check_charts(driver, "runs.html")
        check(set(trainings) <= labels(driver), f"of the runs only {labels(driver)} are shown")
        driver.find_elements(By.CSS_SELECTOR, "tbody input")[0].click()
        wait_for_frames(driver)
        check(labels(driver) == {"step", *sorted(trainings)[1:]}, f"after one was taken away {labels(driver)} are shown")
        check(driver.execute_script("return [short(0.00234), short(null), percent(null)]") == ["0.00234", "–", "–"],
              "numbers are told wrong")
        open_page(driver, comparison / "compare_attention.html")
        check(len(driver.find_elements(By.CSS_SELECTOR, "svg[aria-label]")) == 5, "the comparison has five pictures")
        if pictures:
            driver.save_screenshot(str(pictures / f"comparison-{'dark' if dark else 'light'}.png"))
        driver.quit()
