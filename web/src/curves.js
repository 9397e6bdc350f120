// Charts of curves: drawn with uPlot over the pictures that the page brings, to be read point by point, looked at more
// closely by dragging, and with curves that can be taken away.
import uPlot from "uplot";
import { valueText } from "./text.js";
import { ticksBetween, wholeTicks } from "./ticks.js";

const kFont = '12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif';
const kTickRoom = 84;

export function drawCurves() {
  const figures = [...document.querySelectorAll("figure.chart")].filter((figure) => figure.querySelector("script.curves"));
  const charts = figures.map((figure) => new Curves(figure)).filter((chart) => chart.isReadable);
  const drawAll = () => charts.forEach((chart) => chart.draw());
  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
}

/// Colours as the style sheet of the pictures has them.
function paletteOf(figure) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "orrery");
  figure.append(svg);
  const of = (style, what) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", what === "ink" ? "text" : "path");
    path.setAttribute("class", style);
    svg.append(path);
    const computed = getComputedStyle(path);
    return what === "ink" ? computed.fill : computed.stroke;
  };
  const palette = {
    series: [0, 1, 2, 3, 4, 5, 6, 7].map((n) => of(`s${n}`)),
    grid: of("grid"),
    axis: of("axis"),
    level: of("level"),
    quiet: of("quiet", "ink"),
    page: of("dot"),  // which has the page's colour around it
  };
  svg.remove();
  return palette;
}

const withAlpha = (rgb, alpha) => rgb.replace("rgb(", "rgba(").replace(")", `, ${alpha})`);

/// Half of a colour, half of the page's: of series beyond the eight colours.
function paleOf(rgb, page) {
  const [a, b] = [rgb, page].map((colour) => colour.match(/[\d.]+/g).map(Number));
  return `rgb(${a.slice(0, 3).map((value, i) => Math.round((value + b[i]) / 2)).join(", ")})`;
}

/// Curves whose points all stand above one x are lines that mark it.
const isMark = (series) => series.shape === "line" && series.x.length > 1 && series.x.every((x) => x === series.x[0]);

class Curves {
  constructor(figure) {
    this.figure = figure;
    this.plot = figure.querySelector(".plot");
    this.data = JSON.parse(figure.querySelector("script.curves").textContent);
    this.marks = [...this.data.marks];
    for (const series of this.data.series.filter(isMark)) this.marks.push([series.name, series.x[0], series.colour]);
    this.series = this.data.series.filter((series) => !isMark(series) && series.x.length > 0);
    for (const series of this.series) if (series.shape === "markers") sortByX(series);
    // uPlot reads curves from left to right; a picture can show others.
    this.isReadable = this.series.length > 0 && this.series.every((series) => spreadTwins(series, this.data.x));
    new ResizeObserver(() => this.chart?.setSize(this.size())).observe(this.plot);
  }

  size() {
    return { width: Math.max(200, this.plot.clientWidth), height: this.plot.clientWidth < 500 ? 260 : 320 };
  }

  draw() {
    this.chart?.destroy();
    this.palette = paletteOf(this.figure);
    this.plot.classList.add("live");
    this.title();
    this.fill();
    this.chart = new uPlot(this.options(), this.columns, this.plot);
    this.figure.dataset.drawn = "yes";
    this.chart.root.setAttribute("role", "group");
    this.chart.root.querySelector("canvas").setAttribute("aria-hidden", "true");
    // The legend shows what a curve looks like, and takes it away: by keys too.
    this.chart.root.querySelectorAll(".u-series").forEach((row, i) => {
      const drawn = this.lines[i].drawn;
      if (!drawn) return;
      const sample = row.querySelector(".u-marker");
      sample.classList.add(drawn.series.shape);
      sample.style.background = this.colourOf(drawn.series);
      const entry = row.querySelector("th");
      entry.tabIndex = 0;
      entry.setAttribute("role", "button");
      entry.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        entry.click();
      });
    });
  }

  /// What the vertical axis measures stands above it, as in the pictures.
  title() {
    if (this.data.y.title === "" || this.plot.querySelector(".measure")) return;
    const line = document.createElement("p");
    line.className = "measure";
    line.textContent = this.data.y.title;
    this.plot.append(line);
  }

  colourOf(series) {
    const colour = this.palette.series[series.colour];
    return series.again && series.shape === "area" ? paleOf(colour, this.palette.page) : colour;
  }

  /// Columns over the union of all x, and what each column is.
  fill() {
    const { stacked } = this.data;
    const joined = uPlot.join(this.series.map((s) => (s.low ? [s.x, s.y, s.low, s.high] : [s.x, s.y])));
    this.columns = [joined[0]];
    this.lines = [{}];
    this.bands = [];
    let sums = joined[0].map(() => 0);
    let at = 1;
    const layers = [];
    for (const series of this.series) {
      const colour = this.colourOf(series);
      const raw = joined[at++];
      const area = series.shape === "area";
      let shown = raw;
      if (stacked && area) {
        sums = sums.map((sum, i) => sum + (raw[i] ?? 0));
        shown = sums;
      }
      const line = {
        label: series.name || this.data.y.name || "value",
        scale: "y",
        stroke: colour,
        width: series.shape === "markers" ? 0 : 2,
        dash: series.again ? [2, 3] : undefined,
        value: (u, _, __, index) => (index === null ? "" : valueText(this.data.y, raw[index])),
        points: { show: false },
      };
      if (series.shape === "step") line.paths = uPlot.paths.stepped({ align: 1 });
      if (series.shape === "markers") line.paths = () => null;
      if (area) line.fill = withAlpha(colour, stacked ? 1 : 0.35);
      if (area && stacked) line.width = 0;
      layers.push({ shown, line, series, low: series.low && joined[at], high: series.low && joined[at + 1] });
      if (series.low) at += 2;
    }
    // Of areas on each other the highest is drawn first, so that each covers what it stands on.
    if (stacked) layers.reverse();
    for (const layer of layers) {
      this.columns.push(layer.shown);
      this.lines.push({ ...layer.line, drawn: layer });
      if (!layer.low || layer.series.shape === "markers") continue;
      const hidden = { scale: "y", stroke: "transparent", width: 0, points: { show: false }, paths: layer.line.paths, band: true };
      this.columns.push(layer.high, layer.low);
      this.lines.push({ ...hidden }, { ...hidden });
      this.bands.push({
        series: [this.columns.length - 2, this.columns.length - 1],
        fill: withAlpha(this.palette.series[layer.series.colour], 0.18),
      });
    }
  }

  options() {
    const { x, y } = this.data;
    const distribution = (axis) => (axis.scale === "log" || axis.scale === "log2" ? { distr: 3, log: axis.scale === "log2" ? 2 : 10 } : {});
    const axisStyle = { stroke: this.palette.quiet, font: kFont, labelFont: kFont, grid: { stroke: this.palette.grid, width: 1 } };
    let ticks = [];
    const xTicks = (u, _, low, high) => {
      const room = u.bbox.width / devicePixelRatio || this.size().width - 60;
      const most = Math.max(2, Math.floor(room / kTickRoom));
      const isWhole = Math.abs(low - x.low) + Math.abs(high - x.high) <= 1e-6 * (x.high - x.low);
      ticks = isWhole ? wholeTicks(x, most) : ticksBetween(x, low, high, most);
      return ticks.map((tick) => tick[0]);
    };
    const widest = Math.max(...y.ticks.map((tick) => tick[1].length), 2);
    return {
      ...this.size(),
      padding: [this.marks.length > 0 ? 26 : 12, 18, 0, 4],
      tzDate: (seconds) => new Date(seconds * 1000),
      scales: {
        x: { time: false, ...distribution(x), range: (u, low, high) => this.rangeOf(u, low, high) },
        y: { ...distribution(y), range: () => [y.low, y.high] },
      },
      series: [
        { label: x.name || (x.scale === "date" ? "date" : "x"), value: (u, value) => (value === null || value === undefined ? "" : valueText(x, value, 4)) },
        ...this.lines.slice(1),
      ],
      bands: this.bands,
      axes: [
        { ...axisStyle, grid: { show: false }, ticks: { stroke: this.palette.axis, size: 5 }, border: { show: true, stroke: this.palette.axis },
          size: x.title ? 32 : 36, label: x.title || undefined, labelSize: 20, splits: xTicks, values: () => ticks.map((tick) => tick[1]) },
        { ...axisStyle, scale: "y", ticks: { show: false }, size: 18 + 7 * widest,
          splits: () => y.ticks.map((tick) => tick[0]), values: () => y.ticks.map((tick) => tick[1]) },
      ],
      legend: { live: true },
      cursor: { y: false, drag: { x: true, y: false }, points: { size: 7 } },
      hooks: { draw: [(u) => this.annotate(u)], init: [(u) => this.hideBands(u)] },
    };
  }

  rangeOf(u, low, high) {
    const { x } = this.data;
    // What uPlot takes for all is what the points span: the plan also has room for marks.
    const xs = this.columns[0];
    return low === xs[0] && high === xs[xs.length - 1] ? [x.low, x.high] : [low, high];
  }

  hideBands(u) {
    this.lines.forEach((line, i) => {
      if (line.band) u.root.querySelectorAll(".u-legend .u-series")[i].hidden = true;
    });
  }

  annotate(u) {
    const { ctx } = u;
    const ratio = devicePixelRatio;
    const { left, top, width, height } = u.bbox;
    ctx.save();
    ctx.font = `${12 * ratio}px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif`;
    ctx.lineWidth = ratio;
    const dashed = (fromX, fromY, toX, toY, colour) => {
      ctx.strokeStyle = colour;
      ctx.setLineDash([6 * ratio, 4 * ratio]);
      ctx.beginPath();
      ctx.moveTo(fromX, fromY);
      ctx.lineTo(toX, toY);
      ctx.stroke();
      ctx.setLineDash([]);
    };
    const text = (words, x, y, align) => {
      ctx.textAlign = align;
      ctx.lineWidth = 4 * ratio;
      ctx.lineJoin = "round";
      ctx.strokeStyle = this.palette.page;
      ctx.strokeText(words, x, y);
      ctx.fillStyle = this.palette.quiet;
      ctx.fillText(words, x, y);
      ctx.lineWidth = ratio;
    };
    let free = Infinity;
    for (const [label, y] of [...this.data.levels].sort((a, b) => a[1] - b[1])) {
      const at = u.valToPos(y, "y", true);
      dashed(left, at, left + width, at, this.palette.level);
      const foot = Math.min(at - 5 * ratio, free);
      text(label, left + width - 4 * ratio, foot, "right");
      free = foot - 15 * ratio;
    }
    let taken = -Infinity;
    for (const [label, x, colour] of [...this.marks].sort((a, b) => a[1] - b[1])) {
      if (x < u.scales.x.min || x > u.scales.x.max) continue;
      const at = u.valToPos(x, "x", true);
      dashed(at, top, at, top + height, colour === undefined ? this.palette.level : this.palette.series[colour]);
      const wide = ctx.measureText(label).width;
      const middle = Math.min(Math.max(at, left + wide / 2), left + width - wide / 2);
      // Names that would touch stand below each other.
      const foot = top - 6 * ratio + (middle - wide / 2 < taken ? 20 * ratio : 0);
      text(label, middle, foot, "center");
      taken = middle + wide / 2 + 8 * ratio;
    }
    this.lines.forEach((line, i) => {
      if (line.drawn?.series.shape === "markers" && u.series[i].show) this.markers(u, line.drawn, i, ratio);
    });
    ctx.restore();
  }

  /// Circle, square, diamond, triangle: told apart without colours.
  markers(u, { low, high, series }, column, ratio) {
    const { ctx } = u;
    const colour = this.palette.series[series.colour];
    const r = 4 * ratio;
    this.columns[column].forEach((value, i) => {
      if (value === null || value === undefined) return;
      const x = u.valToPos(this.columns[0][i], "x", true);
      const y = u.valToPos(value, "y", true);
      if (x < u.bbox.left - 1 || x > u.bbox.left + u.bbox.width + 1) return;
      if (low && low[i] !== null && low[i] !== undefined) {
        ctx.strokeStyle = colour;
        ctx.lineWidth = 1.2 * ratio;
        ctx.beginPath();
        ctx.moveTo(x, u.valToPos(Math.max(low[i], u.scales.y.min), "y", true));
        ctx.lineTo(x, u.valToPos(Math.min(high[i], u.scales.y.max), "y", true));
        ctx.stroke();
      }
      ctx.beginPath();
      if (series.colour % 4 === 0) ctx.arc(x, y, r, 0, 2 * Math.PI);
      else if (series.colour % 4 === 1) ctx.rect(x - r, y - r, 2 * r, 2 * r);
      else if (series.colour % 4 === 2) polygon(ctx, [[x, y - 1.3 * r], [x + 1.3 * r, y], [x, y + 1.3 * r], [x - 1.3 * r, y]]);
      else polygon(ctx, [[x, y - 1.3 * r], [x + 1.2 * r, y + r], [x - 1.2 * r, y + r]]);
      ctx.fillStyle = colour;
      ctx.fill();
      ctx.strokeStyle = this.palette.page;
      ctx.lineWidth = ratio;
      ctx.stroke();
    });
  }
}

function polygon(ctx, points) {
  points.forEach(([x, y], i) => (i === 0 ? ctx.moveTo(x, y) : ctx.lineTo(x, y)));
  ctx.closePath();
}

function sortByX(series) {
  const order = series.x.map((_, i) => i).sort((a, b) => series.x[a] - series.x[b]);
  for (const key of ["x", "y", "low", "high"]) if (series[key]) series[key] = order.map((i) => series[key][i]);
}

/// Moves points of one x apart by less than can be seen, for a column of x holds each value once. Whether they go from
/// left to right.
function spreadTwins(series, axis) {
  const least = 1e-6 * (axis.high - axis.low || 1);
  for (let i = 1; i < series.x.length; ++i) {
    if (series.x[i] < series.x[i - 1] - 10 * least) return false;
    if (series.x[i] <= series.x[i - 1]) series.x[i] = axis.scale.startsWith("log") ? series.x[i - 1] * (1 + 1e-6) : series.x[i - 1] + least;
  }
  return true;
}
