// What a browser sees of finished pages. Reads { browser, folder, tags, pages: { name: path } } as JSON, opens every
// page as its readers do, and prints what it saw as JSON; what that should be is for test_browser.py to say.
import axe from "axe-core";
import { chromium } from "playwright-core";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };
// A4 less the margins of @page in nco.css, at 96 pixels an inch.
const PAPER = { width: Math.floor((170 / 25.4) * 96), height: Math.floor((255 / 25.4) * 96) };

const task = JSON.parse(readFileSync(0, "utf-8"));
const browser = await chromium.launch({ executablePath: task.browser });
const seen = {};
for (const [name, path] of Object.entries(task.pages)) {
  seen[name] = await look(name, pathToFileURL(path).href);
}
await browser.close();
console.log(JSON.stringify(seen));

async function look(name, address) {
  const requests = [];
  const open = async (options) => {
    // Offline, so that a page that needs something from elsewhere also looks as it would without.
    const context = await browser.newContext({ offline: true, reducedMotion: "reduce", viewport: WIDE, ...options });
    const page = await context.newPage();
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(address);
    return page;
  };
  const page = await open({});
  const other = await open({}); // of its own: where the focus was is where Tab goes on
  const says = await pointed(other);
  const choice = await chosen(other);
  await other.context().close();
  const wide = { says, choice, keyboard: await walk(page), contents: await contents(page), violations: await violations(page) };
  await page.setViewportSize(PHONE);
  const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
  const phone = { width, violations: await violations(page) };
  await page.setViewportSize(PAPER);
  const printed = await paper(page, join(task.folder, `${name}.pdf`));
  await page.context().close();
  const plain = await open({ javaScriptEnabled: false });
  const scriptless = await texts(plain);
  await plain.context().close();
  const own = (url) => url.split("#")[0] === address || url.startsWith("data:");
  return { wide, phone, paper: printed, scriptless, requests: requests.filter((url) => !own(url)) };
}

// What the first figure says of its first two rows: pointed at, and come to with the keyboard; and the rows of the first
// long table that a search leaves.
async function pointed(page) {
  const seen = { errors: [], told: [], rows: null };
  if (await page.locator("[data-zin] ~ [data-zin]").count()) {
    const figure = page.locator("figure:has([data-zin] ~ [data-zin])").first();
    const said = figure.locator(".zin");
    const own = figure.locator("[data-zin]");
    for (const step of [() => own.nth(0).hover(), () => own.nth(0).focus(), () => page.keyboard.press("ArrowDown")]) {
      await step();
      const of = await page.evaluate(() => document.activeElement.dataset.zin ?? null);
      seen.told.push({ said: await said.textContent(), focused: of, shown: await said.isVisible() });
    }
    seen.sentences = await own.evaluateAll((all) => all.slice(0, 2).map((each) => each.dataset.zin));
    await page.evaluate(() => document.activeElement.blur());
    await page.mouse.move(0, 0);
  }
  const field = page.locator(".zoekbalk input").first();
  if (await field.count()) {
    const rows = page.locator(".zoekbalk + .tabelkader tbody tr:visible").first().locator("xpath=..").locator("tr:visible");
    const [all, word] = [await rows.count(), (await rows.nth(1).locator("> :first-child").textContent()).trim()];
    await field.fill(word);
    const status = await page.locator(".zoekbalk [role='status']").first().textContent();
    seen.rows = { all, word, left: await rows.allTextContents(), status };
    await field.fill("");
    seen.rows.again = await rows.count();
  }
  return seen;
}

// What the reader who chooses another norm with the keyboard sees: of every part of the page beside a norm, and what is
// told; and what breaks the rules of WCAG then.
async function chosen(page) {
  const fields = page.locator(".keuzebalk select");
  if (!(await fields.count())) return null;
  const look = () =>
    page.evaluate(() => {
      const parts = [...document.querySelectorAll("[data-keuze]")].filter((part) => part.checkVisibility());
      return {
        shown: [...new Set(parts.map((part) => part.dataset.keuze))],
        captions: parts.flatMap((part) => [...part.querySelectorAll("caption, figure svg")]).map((e) => e.ariaLabel ?? e.textContent),
        values: [...document.querySelectorAll(".keuzebalk select")].map((field) => field.value),
        covered: [...document.querySelectorAll(".keuzebalk, .zoekbalk")].filter((bar) => bar.checkVisibility()).filter((bar) => {
          const under = bar.nextElementSibling?.checkVisibility() ? bar.nextElementSibling : bar.parentElement.querySelector(":scope > .keuze:not([hidden])");
          const said = under?.querySelector("caption span, figcaption, p, label") ?? under;
          return said && said.getBoundingClientRect().top < bar.getBoundingClientRect().bottom;
        }).length,
        told: [...document.querySelectorAll(".keuzebalk [role='status']")].map((each) => each.textContent),
      };
    });
  const field = fields.first();
  const label = await field.evaluate((each) => each.labels[0].textContent);
  const options = await field.locator("option").allTextContents();
  const before = await look();
  await field.focus();
  await page.keyboard.press("ArrowDown");
  const after = await look();
  const focused = await field.evaluate((each) => each === document.activeElement);
  return { label, options, before, after, focused, violations: await violations(page) };
}

async function violations(page) {
  await page.evaluate(axe.source);
  const options = { runOnly: { type: "tag", values: task.tags }, resultTypes: ["violations"], preload: false };
  const found = await page.evaluate((options) => window.axe.run(options), options);
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.html}`));
}

// What is rendered, text of drawings included.
function texts(page) {
  return page.evaluate(() => {
    const shown = (root) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const parts = [];
      while (walker.nextNode()) {
        const visible = walker.currentNode.parentElement.checkVisibility({ visibilityProperty: true, opacityProperty: true });
        if (visible) parts.push(walker.currentNode.data);
      }
      return parts.join(" ");
    };
    return { page: shown(document.body), contents: [...document.querySelectorAll("nav a")].map(shown) };
  });
}

// Press Tab from the top of the page to its end, then use the skip link.
async function walk(page) {
  const reachable = await page.evaluate(() => {
    const all = [...document.querySelectorAll("a[href], summary, input, select, [tabindex='0']")].filter((e) => e.checkVisibility());
    all.forEach((element, place) => (element.dataset.place = place));
    return all.map((element) => element.outerHTML.slice(0, 120));
  });
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement;
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      return {
        place: Number(element.dataset.place ?? -1),
        html: element.outerHTML.slice(0, 120),
        href: element.getAttribute("href"),
        // A table's frame may be taller than the window: the part of it in view counts.
        inView: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.left >= 0 && box.right <= innerWidth,
        marked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        isBody: element === document.body,
      };
    });
  const stops = [];
  do {
    await page.keyboard.press("Tab");
    stops.push(await focused());
    // Behind the last one comes the browser itself, or the first one again.
  } while (!stops.at(-1).isBody && (stops.length === 1 || stops.at(-1).place !== 0) && stops.length < 500);
  await page.locator("a").first().focus();
  await page.keyboard.press("Enter");
  const skippedTo = await page.evaluate(() => document.activeElement.localName);
  return { reachable, stops: stops.slice(0, -1), skippedTo };
}

// The contents list, with the page scrolled to the last chapter in it.
async function contents(page) {
  const links = await page.evaluate(() =>
    [...document.querySelectorAll("nav a")].map((link) => {
      const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      const heading = target?.matches("h2, h3, h4") ? target : target?.querySelector(":scope > :is(h2, h3, h4)");
      return { text: link.textContent, heading: heading ? heading.textContent : null };
    }),
  );
  if (!links.length) return { links };
  await page.locator("nav > details > ul > li > a").last().click();
  return page.evaluate((found) => {
    const list = document.querySelector("nav").getBoundingClientRect();
    return { links: found, scrolled: scrollY, inView: list.top >= 0 && list.bottom <= innerHeight && list.height > 0 };
  }, links);
}

// The page on paper: what would stick out or be cut off, what is to be read, and the PDF.
async function paper(page, path) {
  await page.emulateMedia({ media: "print" });
  const cut = await page.evaluate(() => {
    const describe = (element) => element.outerHTML.slice(0, 120);
    const shown = [...document.body.querySelectorAll("*")].filter((element) => element.checkVisibility());
    const outside = shown.filter((element) => {
      const box = element.getBoundingClientRect();
      const frame = element.ownerSVGElement?.getBoundingClientRect() ?? { left: 0, right: innerWidth };
      return box.width > 0 && (box.left < frame.left - 1 || box.right > frame.right + 1);
    });
    const clipping = shown.filter(
      (element) => getComputedStyle(element).overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1,
    );
    return [...new Set([...outside, ...clipping])].map(describe);
  });
  const { page: text } = await texts(page);
  await page.pdf({ path, preferCSSPageSize: true });
  return { cut, text };
}
