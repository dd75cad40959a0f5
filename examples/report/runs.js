// The page of many runs: a table, in which runs are chosen, and their curves, one over the other.
"use strict";

document.title = "Runs – latent";
main.append(element("h1", {}, "Runs"));
const dashes = [[], [8, 3], [2, 2]];  // so that lines differ by more than their colors
const hue = i => `hsl(${(i * 137.5) % 360} 65% 50%)`;  // the golden angle: neighbours differ
const shown = new Set(data.runs.map((_, i) => i));
const place = element("div");

function lines(column, of) {
  return [...shown].map(i => {
    const {name, curves, validation} = data.runs[i];
    const source = of === "validation" ? validation : curves;
    return {label: name, x: source.step, y: source[column], stroke: hue(i), dash: dashes[i % 3]};
  });
}

function draw() {
  place.replaceChildren(charts(
    chart("Loss in training", "step", lines("loss", "curves"), {log: true}),
    chart("Loss on validation", "step", lines("loss", "validation"), {log: true}),
    chart("Accuracy in training", "step", lines("accuracy", "curves")),
    chart("Accuracy on validation", "step", lines("accuracy", "validation")),
    chart("Learning rate", "step", lines("learning_rate", "curves")),
    chart("Gradient norm", "step", lines("gradient_norm", "curves"), {log: true}),
    chart("Samples a second", "step", lines("samples_per_second", "curves"))));
}

function row({name, cells, options}, i) {
  const box = element("input", {type: "checkbox", checked: true, "aria-label": `show ${name}`,
    onchange: () => { box.checked ? shown.add(i) : shown.delete(i); draw(); }});
  return element("tr", {}, element("th", {scope: "row"}, box, element("span", {class: "swatch", style: `background: ${hue(i)}`}), name),
    ...[...cells.slice(1), ...options].map(text => element("td", {}, text)));
}

section("Which", element("p", {class: "soft"}, "After the numbers: the options that are not the same in all runs."),
  element("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "Runs"}, element("table", {},
    element("thead", {}, element("tr", {}, ...[...data.heading, ...data.options].map(name => element("th", {scope: "col"}, name)))),
    element("tbody", {}, ...data.runs.map(row)))));
section("Curves", place);
draw();
