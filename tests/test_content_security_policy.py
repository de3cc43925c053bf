"""The Content-Security-Policy, enforced by Chromium on every kind of page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from building import build, short, write_site
from mkdocs_postmortem.content_security_policy import policy, with_policy
from mkdocs_postmortem.options import load_options
from playwright.sync_api import Browser, sync_playwright
from publishing import serving
from test_browser import FLAGS, Visit

ROOT = Path(__file__).parent.parent
POLICY = 'http-equiv="Content-Security-Policy"'
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", event =>
    window.refused.push(event.violatedDirective + " " + event.blockedURI));
"""


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The example site with the policy, on loopback."""
    folder = tmp_path_factory.mktemp("csp")
    shutil.copytree(ROOT / "incidents", folder / "incidents")
    with serving(folder / "site") as address:
        config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
        config = config.replace("https://status.example.org/", f"{address}/")
        option = "  - postmortem:\n      content_security_policy: true"
        config = config.replace("  - postmortem:", option)
        (folder / "mkdocs.yml").write_text(config, encoding="utf-8")
        built = build(folder, "--strict")
        assert built.code == 0, built.output
        yield address, built.site


def test_every_page_has_the_same_policy(site: tuple[str, Path]) -> None:
    pages = sorted(site[1].rglob("*.html"))
    policies = set()
    for path in pages:
        text = path.read_text(encoding="utf-8")
        head = text[: text.index("<script")]
        assert head.count(POLICY) == 1, path
        # The charset has to stand within the first bytes.
        assert "<meta charset" in text[:200]
        policies.add(head[head.index(POLICY) :].partition(">")[0])
    assert len(pages) > 20
    assert len(policies) == 1
    only = policies.pop()
    assert "unsafe" not in only
    assert "style-src 'self';" in only


def test_nothing_is_refused_on_any_kind_of_page(browser: Browser, site: tuple[str, Path]) -> None:
    base, folder = site
    kinds = ["/", "/incidents/", "/action-items/", "/response-times/", "/404.html"]
    for name in ("incidents", "components"):
        kinds += [f"/{name}/{path.name}/" for path in sorted((folder / name).iterdir())[:3]]
    kinds = [kind for kind in kinds if not kind.endswith(".html/")]
    with Visit(browser, base, timezone_id="Asia/Tokyo") as visit:
        visit.context.add_init_script(WATCH)
        for kind in kinds:
            page = visit.open(kind)
            assert page.evaluate("window.refused") == [], kind
        assert visit.elsewhere == []
        assert visit.errors == []


def test_what_pages_can_do_works_under_it(browser: Browser, site: tuple[str, Path]) -> None:
    base, _ = site
    with Visit(browser, base, timezone_id="Asia/Tokyo", locale="en-GB") as visit:
        visit.context.add_init_script(WATCH)
        page = visit.open("/incidents/")
        page.evaluate("window.stillHere = true")
        page.get_by_label("Component").select_option("us-east")
        page.get_by_text("2 incidents").wait_for()
        page.get_by_label("Component").select_option("")
        # Instant navigation, and our script on the page that it brings.
        page.get_by_role("link", name="A billing change stops authentication").first.click()
        page.wait_for_url("**/incidents/2024-02-20-*/")
        page.locator(".pm-zone").click()
        assert page.locator("time.pm-clock").first.text_content() == "03:03 (21 Feb)"
        page.locator("label[for=__palette_1]:visible, label[for=__palette_2]:visible").first.click()
        assert page.evaluate("document.body.dataset.mdColorScheme") is not None
        page.locator(".md-search__input").press_sequentially("billing")
        page.locator(".md-search-result__item").first.wait_for()
        page.keyboard.press("Escape")
        assert page.evaluate("window.stillHere") is True
        assert page.evaluate("window.refused") == []
        page = visit.open("/action-items/")
        page.get_by_role("button", name="Due").first.click()
        assert page.locator("th[aria-sort=ascending]").count() == 1
        assert page.evaluate("window.refused") == []
        assert visit.errors == []


def test_it_stops_what_should_not_be_there(browser: Browser, site: tuple[str, Path]) -> None:
    base, folder = site
    own = folder / "injected.html"
    page_text = (folder / "index.html").read_text(encoding="utf-8")
    injected = (
        "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'>"
        "<script src='https://elsewhere.example/x.js'></script>"
        "<img src='https://elsewhere.example/x.png'>"
    )
    own.write_text(page_text.replace("<main", f"{injected}<main", 1), encoding="utf-8")
    with Visit(browser, base) as visit:
        visit.context.add_init_script(WATCH)
        page = visit.open("/injected.html")
        assert page.evaluate("window.ran") is None
        assert len(page.evaluate("window.refused")) >= 4
        assert visit.elsewhere == []
    own.unlink()


def test_text_of_incidents_widens_nothing(tmp_path: Path) -> None:
    hostile = short().replace("Text.\n", "<script>evil()</script> <b onclick='evil()'>x</b>\n")
    home = "# Home\n\n<script>mine()</script>\n\n<p style='color: red'>x</p>\n"
    files = {"docs/index.md": home, "docs/incidents/2024-02-20-a.md": hostile}
    hashes = str(policy(["<script>evil()</script><b onclick='evil()'>x</b>"], {})).split()
    evil = next(part for part in hashes if "sha256" in part)
    mine = next(p for p in str(policy(["<script>mine()</script>"], {})).split() if "sha256" in p)
    seen = {}
    for trusted in (False, True):
        plugin = {
            "content_security_policy": {"connect-src": ["https://stats.example.org"]},
            "trusted_bodies": trusted,
        }
        folder = tmp_path / str(trusted)
        folder.mkdir()
        settings = {
            "plugins": ["search", {"postmortem": plugin}],
            "extra_javascript": ["https://cdn.example.org/x.js"],
            "theme": {"name": "mkdocs"},
        }
        built = build(write_site(folder, files, settings))
        assert built.code == 0, built.output
        seen[trusted] = built.text("index.html")
        assert POLICY in built.text("404.html")
    assert evil.strip(";") not in seen[False]
    assert evil.strip(";") in seen[True]
    for text in seen.values():
        assert mine.strip(";") in text
        assert "https://cdn.example.org" in text.partition("script-src")[2].partition(";")[0]
        assert "connect-src 'self' https://stats.example.org;" in text
        assert "'unsafe-hashes'" in text.partition("style-src")[2].partition(";")[0]


def test_pages_without_charset_and_with_odd_markup() -> None:
    made = policy(["<SCRIPT type=module>a\r\n</SCRIPT >", "<script type='application/json'>x"], {})
    page = with_policy("<!doctype html><HEAD lang=en><title>t</title>", made)
    assert page.index("<HEAD lang=en>\n<meta http-equiv") < page.index("<title>")
    assert str(made).count("sha256") == 1


@pytest.mark.parametrize("wrong", [{"script": ["x"]}, {"img-src": ["a; script-src *"]}, "yes"])
def test_a_wrong_option_is_refused(wrong: object) -> None:
    options, errors = load_options({"content_security_policy": wrong})
    assert options is None
    assert errors


def test_while_serving_there_is_none_and_by_default_neither(tmp_path: Path) -> None:
    built = build(write_site(tmp_path, {"docs/incidents/2024-02-20-a.md": short()}))
    assert POLICY not in built.text("index.html")
