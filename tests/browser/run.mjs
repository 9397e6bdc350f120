// Opens pages of `orrery --html` in a real browser: node run.mjs PROGRAM SAMPLE OUTPUT [NAME...]
//
// PROGRAM writes the pages of pages.mjs, SAMPLE one with every kind of chart and hostile names. Every page is looked at
// 1280 and 390 pixels wide, light and dark, without scripts, as it prints, and by axe-core. Screenshots go to OUTPUT.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { pages } from "./pages.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const require = createRequire(join(root, "web/package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [program, sample, output, ...only] = process.argv.slice(2);
const failures = [];
let checks = 0;

function check(truth, what) {
  ++checks;
  if (!truth) failures.push(what);
}

const run = promisify(execFile);

/// Has the program write a page; exit code 1 is an answer too: that there is none.
async function write(page) {
  const file = join(output, `${page.name}.html`);
  const [what, args] = page.args ? [program, [...page.args, "--html", file]] : [sample, [file]];
  await run(what, args, { cwd: root, maxBuffer: 1 << 26 }).catch((error) => {
    if (error.code !== 1) throw new Error(`${page.name}: ${error.stderr || error.message}`);
  });
  return { ...page, file };
}

/// A page opened at a width in a scheme; complaints go to the failures.
async function opened(browser, page, { width, scheme, scripts = true, bypassCSP = false }) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    javaScriptEnabled: scripts,
    deviceScaleFactor: 1,
    bypassCSP,
  });
  const tab = await context.newPage();
  const where = `${page.name} (${width}, ${scheme}${scripts ? "" : ", no scripts"})`;
  const url = pathToFileURL(page.file).href;
  tab.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) failures.push(`${where}: console: ${message.text()}`);
  });
  tab.on("pageerror", (error) => failures.push(`${where}: ${error.message}`));
  tab.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) failures.push(`${where}: asks for ${request.url()}`);
  });
  await tab.goto(url);
  if (scripts) await tab.waitForFunction(() => document.documentElement.dataset.ready === "yes");
  return { tab, where, close: () => context.close() };
}

/// What must hold of every page at every width.
async function checkLayout({ tab, where }, page, scripts) {
  const found = await tab.evaluate(() => {
    const isSeen = (element) => element.getClientRects().length > 0 && element.getBoundingClientRect().width > 0;
    const charts = [...document.querySelectorAll("figure.chart")].map((figure) => {
      const svg = [...figure.querySelectorAll(".plot > svg")].find(isSeen);
      const canvas = figure.querySelector("canvas");
      const colours = new Set();
      if (canvas) {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
      }
      const clipped = [];
      if (svg) {
        const [, , width] = svg.getAttribute("viewBox").split(" ").map(Number);
        const scale = svg.getBoundingClientRect().width / width;
        const box = svg.getBoundingClientRect();
        const height = box.height / scale;
        for (const text of svg.querySelectorAll("text")) {
          const at = text.getBoundingClientRect();
          const right = (at.right - box.left) / scale, left = (at.left - box.left) / scale, foot = (at.bottom - box.top) / scale;
          if (right > width + 1 || left < -1 || foot > height + 4) clipped.push(text.textContent);
        }
      }
      return {
        id: figure.id,
        interactive: figure.querySelector("script.curves") !== null,
        drawn: figure.dataset.drawn === "yes",
        colours: colours.size,
        marks: svg ? [...svg.querySelectorAll("rect, path, circle")].filter(isSeen).length : 0,
        clipped,
      };
    });
    return {
      headings: document.querySelectorAll("h1").length,
      title: document.querySelector("h1").textContent.trim(),
      wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      broken: window.broken,
      charts,
    };
  });
  check(found.headings === 1 && found.title !== "", `${where}: one first heading`);
  check(found.wider <= 0, `${where}: ${found.wider} pixels wider than the window`);
  check(found.broken === undefined, `${where}: a name ran as a script`);
  check(found.charts.length >= page.charts, `${where}: ${found.charts.length} charts of ${page.charts}`);
  for (const chart of found.charts) {
    if (chart.interactive && scripts && chart.drawn) {
      check(chart.colours > 3, `${where}: ${chart.id} is empty`);
    } else {
      check(chart.marks > 3, `${where}: ${chart.id} shows ${chart.marks} marks`);
    }
    check(chart.clipped.length === 0, `${where}: ${chart.id} cuts "${chart.clipped.join('", "')}"`);
  }
  return found.charts;
}

/// Headers sort: by a click up, by a key down, and once more as it was.
async function checkSorting({ tab, where }) {
  const tables = await tab.$$("table.sortable:has(thead button)");
  for (const table of tables.slice(0, 4)) {
    if (!(await table.isVisible())) continue;
    const buttons = await table.$$("thead button");
    for (const [column, button] of buttons.slice(0, 4).entries()) {
      const read = () =>
        table.evaluate(
          (element, at) => ({
            sort: element.tHead.rows[0].cells[at].getAttribute("aria-sort"),
            numbers: [...element.tBodies[0].rows].map((row) => row.cells[at].dataset.v).filter((v) => v !== undefined).map(Number),
            texts: [...element.tBodies[0].rows].map((row) => row.cells[at].textContent),
          }),
          column,
        );
      const before = await read();
      await button.click();
      const up = await read();
      await button.press("Enter");
      const down = await read();
      await button.press("Space");
      const after = await read();
      const ascends = (values) => values.every((v, i) => i === 0 || values[i - 1] <= v);
      check(up.sort === "ascending" && ascends(up.numbers), `${where}: column ${column} does not sort upwards`);
      check(down.sort === "descending" && ascends([...down.numbers].reverse()), `${where}: column ${column} does not sort downwards`);
      check([...up.texts].sort().join() === [...before.texts].sort().join(), `${where}: sorting column ${column} changes its cells`);
      check(after.sort === null && after.texts.join() === before.texts.join(), `${where}: column ${column} does not go back`);
    }
  }
  return tables.length;
}

/// A chart tells values at the pointer, looks closer by dragging, and back by a double click.
async function checkCurves({ tab, where }) {
  const plot = await tab.$("figure[data-drawn] .u-over");
  if (plot === null) return;
  await plot.scrollIntoViewIfNeeded();
  const labels = () => tab.$eval("figure[data-drawn]", (figure) => figure.querySelector(".u-legend").textContent);
  const idle = await labels();
  const box = await plot.boundingBox();
  await tab.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  check((await labels()) !== idle, `${where}: the chart tells no values at the pointer`);
  const picture = () => tab.$eval("figure[data-drawn] canvas", (canvas) => canvas.toDataURL());
  const whole = await picture();
  await tab.mouse.move(box.x + box.width * 0.3, box.y + box.height / 2);
  await tab.mouse.down();
  await tab.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2, { steps: 4 });
  await tab.mouse.up();
  await tab.waitForTimeout(50);
  check((await picture()) !== whole, `${where}: dragging does not look closer`);
  await tab.mouse.dblclick(box.x + box.width / 2, box.y + box.height / 2);
  await tab.waitForTimeout(50);
  check((await picture()) === whole, `${where}: a double click does not go back`);
}

async function checkCopying({ tab, where }) {
  const button = await tab.$("button.copy");
  check(button !== null, `${where}: nothing to copy`);
  if (button === null) return;
  await button.click();
  await tab.waitForFunction((one) => one.textContent !== "Copy", button, { timeout: 2000 }).catch(() => failures.push(`${where}: copying says nothing`));
}

/// Contrast, names, structure: the rules of WCAG 2 A and AA.
async function checkAccess({ tab, where }) {
  await tab.evaluate(axe);
  const found = await tab.evaluate(async () => {
    const result = await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] });
    return result.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 120)} ${node.any[0]?.message ?? ""}`).join(" | ")}`);
  });
  check(found.length === 0, `${where}: ${found.join("\n    ")}`);
}

async function shoot({ tab }, name) {
  await tab.screenshot({ path: join(output, `${name}.png`), fullPage: true });
}

async function look(browser, page) {
  const size = statSync(page.file).size;
  check(size < 1_000_000, `${page.name}: ${size} bytes`);
  const wide = await opened(browser, page, { width: 1280, scheme: "light" });
  await checkLayout(wide, page, true);
  await shoot(wide, `${page.name}-1280-light`);
  await checkSorting(wide);
  await checkCurves(wide);
  await checkCopying(wide);
  await wide.tab.emulateMedia({ media: "print" });
  await checkLayout(wide, page, false);
  await wide.close();

  const small = await opened(browser, page, { width: 390, scheme: "dark" });
  await checkLayout(small, page, true);
  await shoot(small, `${page.name}-390-dark`);
  await small.close();

  for (const width of [1280, 390]) {
    const plain = await opened(browser, page, { width, scheme: "dark", scripts: false });
    await checkLayout(plain, page, false);
    await plain.close();
  }
  for (const scheme of ["light", "dark"]) {
    const read = await opened(browser, page, { width: 1280, scheme, bypassCSP: true });
    await checkAccess(read);
    if (scheme === "dark") await shoot(read, `${page.name}-1280-dark`);
    await read.close();
  }
}

const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
mkdirSync(output, { recursive: true });
const began = Date.now();
const wanted = [...pages, { name: "sample", charts: 8 }].filter((page) => only.length === 0 || only.includes(page.name));
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
// Two at once: one page is written while another is looked at.
const waiting = [...wanted];
async function worker() {
  for (let page = waiting.shift(); page; page = waiting.shift()) {
    const start = Date.now();
    try {
      const written = await write(page);
      const seconds = (Date.now() - start) / 1000;
      await look(browser, written);
      const all = (Date.now() - start) / 1000;
      console.log(`${page.name}: ${statSync(written.file).size} bytes, written in ${seconds.toFixed(1)} s, looked at in ${(all - seconds).toFixed(1)} s`);
    } catch (error) {
      failures.push(`${page.name}: ${error.message}`);
    }
  }
}
try {
  await Promise.all([worker(), worker()]);
} finally {
  await browser.close();
}
for (const failure of failures) console.error(`FAILED ${failure}`);
console.log(`${checks} checks of ${wanted.length} pages, ${failures.length} failed, ${((Date.now() - began) / 1000).toFixed(0)} s; screenshots in ${output}`);
process.exit(failures.length > 0 ? 1 : 0);
