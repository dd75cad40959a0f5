// Shared by both pages: HTML elements, line charts, and the data that the program wrote into the page.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const main = document.querySelector("main");

// element("p", {class: "soft"}, "text", child, ...)
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false && value !== undefined) made.setAttribute(key, value === true ? "" : value);
  made.append(...children);
  return made;
}

// A section that a screen reader can jump to, with its heading.
function section(title, ...children) {
  const id = title.toLowerCase().replace(/\W+/g, "-");
  const made = element("section", {"aria-labelledby": id}, element("h2", {id}, title), ...children);
  main.append(made);
  return made;
}

const color = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const percent = value => value === null || value === undefined ? "–" : `${(100 * value).toFixed(2)} %`;
const short = value => value === null || value === undefined ? "–" : value.toLocaleString("en-US", {maximumSignificantDigits: 4});

// Draws at once, and again when the reader's system turns dark or light, as long as the element is on the page.
const themed = new Set();
function inBothThemes(holder, draw) {
  draw();
  themed.add({holder, draw});
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const each of themed)
    if (each.holder.isConnected) each.draw();
    else themed.delete(each);
});

// lines: [{label, x, y, stroke: a color or its variable, dash}]; all their x become one axis.
function chart(title, xLabel, lines, {log = false} = {}) {
  const drawn = lines.filter(line => line.y.some(value => value !== null));
  if (drawn.length === 0) return null;
  const said = drawn.map(({label, y}) => {
    const values = y.filter(value => value !== null);
    return `${label} from ${short(values[0])} to ${short(values.at(-1))}`;
  }).join("; ");
  const holder = element("div", {role: "group", "aria-label": `${title}: ${said}`});
  const figure = element("figure", {}, element("figcaption", {}, `${title} by ${xLabel}`), holder);
  const aligned = uPlot.join(drawn.map(({x, y}) => [x, y]));
  let plot;
  const width = () => Math.max(200, figure.clientWidth - 24);
  const draw = () => {
    plot?.destroy();
    const axis = {stroke: color("--soft"), grid: {stroke: color("--line"), width: 1}, ticks: {stroke: color("--line"), width: 1}};
    plot = new uPlot({
      width: width(), height: 220, cursor: {sync: {key: xLabel}},
      scales: {x: {time: false}, y: {distr: log ? 3 : 1}},
      axes: [axis, {...axis, size: 64, values: (_, ticks) => ticks.map(tick => tick === null ? "" : short(tick))}],
      series: [{label: xLabel}, ...drawn.map(({label, stroke, dash, y}) => ({
        label, dash, width: 1.5, spanGaps: true, points: {show: y.filter(value => value !== null).length < 40},
        stroke: stroke.startsWith("--") ? color(stroke) : stroke, value: (_, value) => short(value)}))],
    }, aligned, holder);
  };
  requestAnimationFrame(() => inBothThemes(holder, draw));
  new ResizeObserver(() => plot?.setSize({width: width(), height: 220})).observe(figure);
  return figure;
}

function charts(...figures) {
  return element("div", {class: "charts"}, ...figures.filter(figure => figure !== null));
}
