// Draws the charts of the figures from the JSON beside each, in the colours of the page. The numbers are in the table too.
(() => {
  "use strict";
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // A label is isolated in its own direction, so that a number beside Arabic words stays where it belongs.
  const isolate = (text, rtl) => text.split("\n").map((line) => (rtl ? "\u2067" : "\u2066") + line + "\u2069").join("\n");
  // The digits of the page, by the reader's preference.
  const digits = (text) => document.documentElement.dataset.digits === "arab"
    ? text.replace(/[0-9]/g, (digit) => "٠١٢٣٤٥٦٧٨٩"[digit]) : text;
  const number = (value) => digits(value.toLocaleString("en-US"));
  const drawn = [];

  function look() {
    return {
      ink: colour("--t-ink"), soft: colour("--t-ink-soft"), line: colour("--t-line"), card: colour("--t-card"),
      bar: colour("--t-brand"), unknown: colour("--t-line-strong"),
      font: getComputedStyle(document.body).fontFamily,
      size: Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.8125),
    };
  }

  function option(data, width, tones) {
    const lying = data.drawn === "lying";
    const narrow = width < 480;
    // Under standing bars each name has the room of its bar; where that is too narrow, every second or third is named.
    const slot = (width - 24) / Math.max(1, data.labels.length);
    const step = Math.max(1, Math.ceil(38 / slot));
    const text = { fontFamily: tones.font, fontSize: tones.size, color: tones.ink };
    const names = data.labels.map((label) => isolate(digits(label), data.rtl));
    const points = data.values.map((value, index) => ({
      value,
      itemStyle: {
        color: data.unknown[index] ? tones.unknown : tones.bar,
        // What is not known is told apart by its pattern too, not by its colour alone.
        decal: data.unknown[index] ? { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -0.8, color: tones.card } : undefined,
        borderRadius: lying ? (data.rtl ? [3, 0, 0, 3] : [0, 3, 3, 0]) : [3, 3, 0, 0],
      },
    }));
    const category = {
      type: "category", data: names, inverse: lying || data.rtl,
      axisTick: { show: false }, axisLine: { lineStyle: { color: tones.line } },
      axisLabel: {
        ...text, margin: 8, hideOverlap: false, interval: lying ? 0 : (place) => (data.labels.length - 1 - place) % step === 0,
        width: lying ? Math.min(240, Math.round(width * (narrow ? 0.42 : 0.36))) : Math.floor(step * slot), overflow: "break",
        align: lying ? (data.rtl ? "left" : "right") : "center", lineHeight: Math.round(tones.size * 1.35),
      },
    };
    const value = {
      type: "value", inverse: lying && data.rtl, minInterval: 1, axisLabel: { show: false },
      axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: false },
    };
    if (lying) category.position = data.rtl ? "right" : "left";
    return {
      animation: false,
      textStyle: text,
      grid: lying
        ? { top: 4, bottom: 4, left: data.rtl ? 88 : 4, right: data.rtl ? 4 : 88, containLabel: true }
        : { top: 24, bottom: 4, left: 12, right: 12, containLabel: true },
      xAxis: lying ? value : category,
      yAxis: lying ? category : value,
      tooltip: {
        trigger: "item", confine: true, appendTo: "body", backgroundColor: tones.card, borderColor: tones.line,
        textStyle: text, formatter: (hit) => {
          const box = document.createElement("div");
          box.dir = data.rtl ? "rtl" : "ltr";
          const name = document.createElement("strong");
          name.textContent = digits(data.labels[hit.dataIndex]).replace("\n", " ");
          const count = document.createElement("div");
          count.textContent = number(data.values[hit.dataIndex]) + " · " + digits(data.shares[hit.dataIndex]);
          box.append(name, count);
          return box;
        },
      },
      series: [{
        type: "bar", data: points, barMaxWidth: lying ? 20 : 44, barCategoryGap: lying ? "38%" : "28%", cursor: "default",
        label: {
          ...text, show: true, position: lying ? (data.rtl ? "left" : "right") : "top", distance: 6, fontWeight: 600,
          formatter: (hit) => lying
            ? isolate(number(hit.value) + "  {share|" + digits(data.shares[hit.dataIndex]) + "}", false)
            : number(hit.value),
          rich: { share: { ...text, color: tones.soft, fontWeight: 400 } },
        },
        labelLayout: { hideOverlap: true },
        emphasis: { disabled: true },
      }],
    };
  }

  function draw(box) {
    const data = JSON.parse(document.getElementById(box.dataset.chart).textContent);
    if (data.drawn === "lying") box.style.height = Math.max(160, data.labels.length * (box.clientWidth < 480 ? 48 : 38) + 16) + "px";
    else box.style.height = "256px";
    const chart = echarts.init(box, null, { renderer: "svg" });
    const paint = () => chart.setOption(option(data, box.clientWidth, look()), true);
    paint();
    new ResizeObserver(() => { chart.resize(); paint(); }).observe(box);
    drawn.push(paint);
  }

  // Fonts first: labels are measured once, when they are drawn.
  document.fonts.ready.then(() => document.querySelectorAll("[data-chart]").forEach(draw));
  new MutationObserver(() => drawn.forEach((paint) => paint()))
    .observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
})();
