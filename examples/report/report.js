// The page of one training: curves, configuration, mistakes, and attention maps of the latents.
"use strict";

const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));

function header() {
  document.title = `${data.title} – latent`;
  const numbers = [`${data.model}, ${data.parameters.toLocaleString("en-US")} parameters`];
  if (data.flops) numbers.push(`${(data.flops / 1e6).toFixed(1)} MFLOP for each ${data.unit}`);
  const {epoch, epochs, step} = data;
  const stands = data.ended ? `ended after epoch ${epoch}, step ${step}` : `after epoch ${epoch} of ${epochs}, step ${step}`;
  main.append(element("h1", {}, data.title), element("p", {class: "soft"}, `${numbers.join("; ")}; ${stands}.`));
}

function curves() {
  const {step, loss, accuracy, learning_rate, gradient_norm, samples_per_second} = data.curves;
  const measured = data.validation;
  const line = (label, y, stroke = "--accent") => ({label, x: step, y, stroke});
  const held_out = (label, y) => ({label, x: measured.step, y, stroke: "--second"});
  const rows = measured.step.map((at, i) => element("tr", {}, element("td", {}, `${measured.epoch[i]}`),
    element("td", {}, `${at}`), element("td", {}, short(measured.loss[i])), element("td", {}, percent(measured.accuracy[i]))));
  const table = rows.length > 0 && element("details", {}, element("summary", {}, "Validation as a table"),
    element("table", {}, element("thead", {}, element("tr", {}, ...["epoch", "step", "loss", "accuracy"].map(
      name => element("th", {scope: "col"}, name)))), element("tbody", {}, ...rows)));
  section("Curves", charts(
    chart("Loss", "step", [line("training", loss), held_out("validation", measured.loss)], {log: true}),
    chart("Accuracy", "step", [line("training", accuracy), held_out("validation", measured.accuracy)]),
    chart("Learning rate", "step", [line("learning rate", learning_rate)]),
    chart("Gradient norm", "step", [line("before it is clipped", gradient_norm)], {log: true}),
    chart("Samples a second", "step", [line("samples a second", samples_per_second)])), table || "");
}

// Blue over green to yellow, even in brightness (viridis); t from 0 to 1.
const stops = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
function heat(t) {
  const at = Math.min(Math.max(t, 0), 1) * (stops.length - 1), i = Math.min(Math.floor(at), stops.length - 2), part = at - i;
  return stops[i].map((from, channel) => Math.round(from + part * (stops[i + 1][channel] - from)));
}
const rgb = channels => `rgb(${channels.join(",")})`;

// colorAt(i): red, green, blue and, where it is not opaque, alpha
function paintGrid(canvas, rows, columns, colorAt) {
  const image = new ImageData(columns, rows);
  for (let i = 0; i < rows * columns; ++i) {
    const [red, green, blue, alpha = 255] = colorAt(i);
    image.data.set([red, green, blue, alpha], 4 * i);
  }
  const small = new OffscreenCanvas(columns, rows);
  small.getContext("2d").putImageData(image, 0, 0);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}

const turned = {yaw: 0.6, pitch: 0.35};  // of all clouds

// How each kind of picture is drawn: alone, or colored by a weight (0 to 1) for each token.
const painters = {
  image(canvas, {shape: [rows, columns], values}, weights) {
    if (!weights) return paintGrid(canvas, rows, columns, i => [values[i], values[i], values[i]]);
    const [down, across] = data.grid.length === 2 ? data.grid : [1, weights.length];
    paintGrid(canvas, down, across, i => heat(weights[i]));
    paintGrid(canvas, rows, columns, i => [255, 255, 255, 0.4 * values[i]]);  // where the ink is
  },
  cloud(canvas, {shape: [points], values}, weights) {
    const context = canvas.getContext("2d"), {width, height} = canvas;
    context.clearRect(0, 0, width, height);
    const [cy, sy, cp, sp] = [Math.cos(turned.yaw), Math.sin(turned.yaw), Math.cos(turned.pitch), Math.sin(turned.pitch)];
    const drawn = Array.from({length: points}, (_, i) => {
      const [x, y, z] = [0, 1, 2].map(axis => values[3 * i + axis] / 127.5 - 1);
      const right = x * cy - y * sy, away = x * sy + y * cy;
      return {i, right, up: z * cp - away * sp, away: away * cp + z * sp};
    }).sort((a, b) => b.away - a.away);
    const plain = color("--ink"), size = Math.max(1.5, width / 130);
    for (const {i, right, up, away} of drawn) {
      context.globalAlpha = weights ? 1 : 0.75 - 0.4 * away;
      context.fillStyle = weights ? rgb(heat(weights[i])) : plain;
      const side = weights ? size * (0.7 + weights[i]) : size;
      context.fillRect(width * (0.5 + 0.46 * right) - side / 2, height * (0.5 - 0.46 * up) - side / 2, side, side);
    }
    context.globalAlpha = 1;
  },
  wave(canvas, {values}, weights) {
    const context = canvas.getContext("2d"), {width, height} = canvas;
    context.clearRect(0, 0, width, height);
    for (let x = 0; x < width; ++x) {
      const first = Math.floor(x * values.length / width), last = Math.max(first + 1, Math.floor((x + 1) * values.length / width));
      const part = values.subarray(first, last);
      const low = part.reduce((a, b) => Math.min(a, b)), high = part.reduce((a, b) => Math.max(a, b));
      context.fillStyle = weights ? rgb(heat(weights[Math.floor(x * weights.length / width)])) : color("--ink");
      context.globalAlpha = 0.3;
      if (weights) context.fillRect(x, 0, 1, height);
      context.globalAlpha = 1;
      context.fillRect(x, height * (1 - high / 255), 1, Math.max(1, height * (high - low) / 255));
    }
  },
  spectrogram(canvas, {shape: [moments, bands], values}, weights) {
    const strip = weights ? Math.max(3, Math.round(bands / 4)) : 0;  // below the sound
    paintGrid(canvas, bands + strip, moments, i => {
      const row = Math.floor(i / moments), moment = i % moments;
      if (row >= bands) return heat(weights[moment]);
      const value = values[moment * bands + bands - 1 - row];
      return [value, value, value];
    });
  },
};
const proportions = {image: 1, cloud: 1, wave: 0.35, spectrogram: 0.5};

function decoded(picture) {
  if (typeof picture.values === "string") picture.values = bytes(picture.values);
  return picture;
}

function canvasFor(picture, width, attributes = {}) {
  return element("canvas", {width, height: Math.round(width * proportions[picture.kind]), ...attributes});
}

// Mouse, finger and arrow keys turn all clouds together; they are redrawn once per frame.
const redraws = new Set();
let asked = false;
function redraw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    for (const draw of redraws) draw();
  });
}
function turnable(canvas) {
  let from = null;
  canvas.tabIndex = 0;
  canvas.style.touchAction = "none";
  const turn = (yaw, pitch) => {
    turned.yaw += yaw;
    turned.pitch = Math.min(Math.max(turned.pitch + pitch, -1.5), 1.5);
    redraw();
  };
  canvas.addEventListener("pointerdown", event => { from = event; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("lostpointercapture", () => { from = null; });
  canvas.addEventListener("pointermove", event => {
    if (!from) return;
    turn((event.clientX - from.clientX) / 100, (event.clientY - from.clientY) / 100);
    from = event;
  });
  canvas.addEventListener("keydown", event => {
    const step = {ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1]}[event.key];
    if (step) { turn(...step); event.preventDefault(); }
  });
}

function config() {
  section("Configuration", element("details", {}, element("summary", {}, "All options, as in config.toml"), element("pre", {}, data.config)),
    element("details", {}, element("summary", {}, "The model, parameter by parameter"), element("pre", {}, data.summary)));
}

const answers = () => data.tested.counts.flat().reduce((a, b) => a + b, 0);
const correct = () => data.tested.counts.reduce((sum, row, i) => sum + row[i], 0);

function confusion() {
  const {on, accuracy, counts} = data.tested;
  const most = Math.max(1, ...counts.flatMap((row, i) => row.filter((_, j) => i !== j)));
  const cell = (count, i, j) => {
    if (count === 0) return element("td", {class: "soft"}, "·");
    const share = i === j ? 0.25 : 0.15 + 0.6 * count / most;
    const name = i === j ? "--accent" : "--second";
    return element("td", {style: `background: color-mix(in srgb, var(${name}) ${Math.round(100 * share)}%, transparent)`,
                          title: `${data.classes[i]}, answered ${data.classes[j]}: ${count}`}, `${count}`);
  };
  const table = element("table", {class: "confusion"},
    element("caption", {}, "Rows: labels. Columns: answers of the model."),
    element("thead", {}, element("tr", {}, element("td"), ...data.classes.map(name => element("th", {scope: "col"}, name)))),
    element("tbody", {}, ...counts.map((row, i) => element("tr", {}, element("th", {scope: "row"}, data.classes[i]),
      ...row.map((count, j) => cell(count, i, j))))));
  section("Confusion matrix", element("p", {}, `Accuracy on ${on}: ${percent(accuracy)}, ${correct()} of ${answers()}.`),
    element("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "Confusion matrix"}, table));
}

function figure(picture, caption) {
  decoded(picture);
  const canvas = canvasFor(picture, 112, {role: "img", "aria-label": caption});
  const draw = () => painters[picture.kind](canvas, picture);
  if (picture.kind === "cloud") { turnable(canvas); redraws.add(draw); }
  inBothThemes(canvas, draw);
  return element("figure", {}, canvas, element("figcaption", {}, caption));
}

function mistakes() {
  const worst = data.tested.mistakes;
  const tiles = worst.map(({label, answer, probability, picture}) => figure(picture,
    `${data.classes[label]}, answered ${data.classes[answer]} (${(100 * probability).toFixed(0)} %)`));
  const text = worst.length > 0
    ? `On ${data.tested.on}, those first whose class it found least likely; the probability is that of its answer.`
    : correct() < answers() ? "Their pictures are too large for this page." : `None on ${data.tested.on}.`;
  section("The worst mistakes", element("p", {}, text), element("div", {class: "tiles"}, ...tiles));
}

function completions() {
  const names = ["visible part", "completion", "original"];
  section("Completions", ...data.completions.map(pictures =>
    element("div", {class: "tiles"}, ...pictures.map((picture, i) => figure(picture, names[i])))));
}

// A choice by radio buttons, which keyboards and screen readers can use.
function choice(title, names, choose) {
  const name = title.replace(/\W+/g, "-");
  return element("fieldset", {}, element("legend", {}, title), ...names.map((text, i) =>
    element("label", {}, element("input", {type: "radio", name, checked: i === 0, onchange: () => choose(i)}), ` ${text}`)));
}

function latents() {
  const looks = data.looks, chosen = {look: 0, attend: 0, after: 0, latent: 0};
  for (const {picture, attends} of looks) {
    decoded(picture);
    for (const attend of attends) { attend.maps = [bytes(attend.before), bytes(attend.after)]; }
  }
  const tokens = looks[0].attends[0].maps[0].length / looks[0].attends[0].entropy.length;
  const weightsOf = latent => {
    const map = looks[chosen.look].attends[chosen.attend].maps[chosen.after];
    return Array.from(map.subarray(latent * tokens, (latent + 1) * tokens), value => value / 255);
  };
  const kind = looks[0].picture.kind;
  const input = canvasFor(looks[0].picture, 320, {role: "img"}), large = canvasFor(looks[0].picture, 320, {role: "img"});
  const caption = element("figcaption", {"aria-live": "polite"}), inputCaption = element("figcaption");
  const tiles = looks[0].attends[0].entropy.map((_, latent) => {
    const canvas = canvasFor(looks[0].picture, 76);
    const button = element("button", {class: "tile", type: "button", onclick: () => { chosen.latent = latent; draw(); }},
      canvas, element("span", {class: "soft"}));
    return {button, canvas, latent};
  });
  const draw = () => {
    const {picture, label, answer, attends} = looks[chosen.look], {entropy, low, high, peak} = attends[chosen.attend];
    const paint = painters[picture.kind];
    paint(input, picture);
    input.setAttribute("aria-label", `The input: ${data.classes[label]}`);
    inputCaption.textContent = `${data.classes[label]}, answered ${data.classes[answer]}`;
    for (const {button, canvas, latent} of tiles) {
      paint(canvas, picture, weightsOf(latent));
      button.setAttribute("aria-pressed", latent === chosen.latent);
      button.setAttribute("aria-label", `Latent ${latent}: ${entropy[latent].toFixed(2)} bits`);
      button.querySelector("span").textContent = entropy[latent].toFixed(1);
    }
    paint(large, picture, weightsOf(chosen.latent));
    const range = chosen.after ? `weights 0 to ${peak[chosen.latent].toPrecision(2)}`
                               : `scores ${low[chosen.latent].toFixed(2)} to ${high[chosen.latent].toFixed(2)}`;
    const said = `Latent ${chosen.latent}: ${range}; entropy ${entropy[chosen.latent].toFixed(2)} of ` +
                 `${Math.log2(tokens).toFixed(2)} bits`;
    if (caption.textContent !== said) caption.textContent = said;  // a screen reader reads what changes
    large.setAttribute("aria-label", said);
  };
  const choose = key => i => { chosen[key] = i; draw(); };
  if (kind === "cloud") { turnable(input); turnable(large); redraws.add(draw); }
  section("Where the latents look",
    element("p", {}, "Each tile is the map of one latent in one cross-attend, the mean over its heads; dark is little, yellow is much. " +
      "Before the softmax the scores are shown as they are, each map from its least to its greatest, as in the Perceiver paper; " +
      "after it most maps are too sparse to see. The number is the entropy of the weights in bits: " +
      `${Math.log2(tokens).toFixed(2)} bits would be all ${tokens} tokens alike, 0 a single one.` +
      (kind === "cloud" ? " Clouds turn with the mouse, and with the arrow keys." : "")),
    choice("Input", looks.map(({label}) => data.classes[label]), choose("look")),
    choice("Cross-attend", looks[0].attends.map((_, i) => `${i + 1}`), choose("attend")),
    choice("Softmax", ["before", "after"], choose("after")),
    element("div", {class: "look"}, element("figure", {class: "large"}, input, inputCaption),
      element("figure", {class: "large"}, large, caption)),
    element("div", {class: "tiles", role: "group", "aria-label": "Latents"}, ...tiles.map(({button}) => button)));
  inBothThemes(large, draw);
}

header();
curves();
if (data.writes) section("Generated text", element("p", {}, "After the first characters of its text, at temperature 0.8:"), element("pre", {}, data.writes));
if (data.completions) completions();
if (data.looks?.length > 0) latents();
if (data.tested) { confusion(); mistakes(); }
config();
