// What a reviewer sees and does on the page of the review. Reads { browser, page, tags } as JSON, uses the page with
// the keyboard and the mouse, and prints what it saw as JSON; what that should be is for test_review_browser.py to say.
import axe from "axe-core";
import { chromium } from "playwright-core";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const task = JSON.parse(readFileSync(0, "utf-8"));
const address = pathToFileURL(task.page).href;
const browser = await chromium.launch({ executablePath: task.browser });
const requests = [];

async function open(options) {
  const context = await browser.newContext({
    offline: true, reducedMotion: "reduce", viewport: { width: 1400, height: 900 }, ...options,
  });
  const page = await context.newPage();
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => requests.push(String(error)));
  await page.goto(address);
  return page;
}

async function violations(page) {
  await page.evaluate(axe.source);
  const options = { runOnly: { type: "tag", values: task.tags }, resultTypes: ["violations"], preload: false };
  const found = await page.evaluate((options) => window.axe.run(options), options);
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.html}`));
}

const shown = (page) => page.evaluate(() => [...document.querySelectorAll("tbody tr:not([hidden])")].map((row) => row.id));
const current = (page) => page.evaluate(() => document.querySelector("tr[aria-current]")?.id ?? null);
const status = (page) => page.locator("#aantal").textContent();

const page = await open({});
const seen = { fresh: await violations(page), all: await shown(page), status: await status(page) };

// Searching while typing, with another case and without accents, and what is chosen beside it.
await page.keyboard.press("/");
await page.keyboard.type(task.search);
seen.found = await shown(page);
seen.foundStatus = await status(page);
await page.keyboard.press("Escape");
seen.cleared = await shown(page);
await page.keyboard.press("Tab"); // out of the field
seen.chosenBy = {};
for (const value of ["failed", "sample", "waiting", "rejected", "unread"]) {
  await page.locator("#toon").selectOption(value);
  seen.chosenBy[value] = await shown(page);
}
await page.locator("#toon").selectOption("all");
await page.locator("#soort").selectOption("board");
seen.boards = await shown(page);
await page.locator("#soort").selectOption("all");

// Sorting: three clicks on one head.
const head = page.locator("th[data-column='name']");
seen.sorted = [];
for (let turn = 0; turn < 3; turn += 1) {
  await head.locator("button").click();
  seen.sorted.push([await head.getAttribute("aria-sort"), await shown(page)]);
}

// Moving with the keyboard; focus goes along.
await page.evaluate(() => document.activeElement.blur());
seen.moved = [];
for (const key of ["j", "j", "ArrowDown", "k", "ArrowUp"]) {
  await page.keyboard.press(key);
  seen.moved.push(await current(page));
}
seen.focused = await page.evaluate(() => document.activeElement.closest("tr")?.id ?? null);
seen.panel = {
  title: await page.locator("#gekozen h2").textContent(),
  commands: await page.locator("#gekozen code").allTextContents(),
  violations: await violations(page),
};
await page.keyboard.press("?");
seen.help = { open: await page.locator("#toetsen").evaluate((dialog) => dialog.open), violations: await violations(page) };
await page.locator("#aan").uncheck();
await page.keyboard.press("Escape");
await page.keyboard.press("j");
seen.withoutShortcuts = await current(page);
await page.locator("#hulp").click();
await page.locator("#aan").check();
await page.keyboard.press("Escape");

// Opening.
seen.opened = {};
for (const key of ["Enter", "n", "l"]) {
  await page.goto("about:blank");
  await page.goto(`${address}#99AA00`); // as the page of a notebook leads back
  await page.keyboard.press(key);
  await page.waitForURL((url) => !url.href.startsWith(address), { timeout: 5000 });
  seen.opened[key] = page.url().slice(address.length - "index.html".length);
}

const phone = await open({ viewport: { width: 360, height: 740 } });
await phone.locator("tbody a").first().click({ trial: true });
seen.phone = {
  violations: await violations(phone),
  width: await phone.evaluate(() => document.scrollingElement.scrollWidth),
};
// Hundreds of reports: a share at a time, more when asked for, or when the keyboard goes further.
const many = await open({});
await many.goto(pathToFileURL(task.many).href);
const counted = async () => [(await shown(many)).length, await status(many), await many.locator("#meer").textContent()];
seen.many = [await counted()];
await many.locator("tbody tr:not([hidden])").last().locator("th a").focus();
await many.keyboard.press("j");
seen.many.push(await counted(), await current(many));
await many.locator("#meer").click();
seen.many.push(await counted());
const plain = await open({ javaScriptEnabled: false });
seen.scriptless = await plain.locator("main").innerText();
await browser.close();
seen.requests = requests.filter((url) => !url.startsWith(address.replace("index.html", "")) && !url.startsWith("data:"));
console.log(JSON.stringify(seen));
