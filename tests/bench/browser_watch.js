// Notes in the page when a key was pressed, when the change was sent, when the script ended and
// when a chart last changed its picture. A chart is compared with what it was only in the frame after
// something in it was touched: comparing every chart in every frame took a quarter of the time
// that was being measured. `said` is when the words beside the charts last changed, which come
// with them: the answer to a change that leaves every picture as it was.
(() => {
  const bench = { key: 0, sent: 0, ended: 0, drawn: 0, said: 0, charts: 0 };
  const CHART = "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg.marks";
  const WORDS = "[data-testid=stHeading]";
  const pictures = new WeakMap();
  const touched = new Set();
  const small = document.createElement("canvas");
  small.width = small.height = 32;
  const pen = small.getContext("2d", { willReadFrequently: true });
  window.__bench = bench;

  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...args) {
    if (bench.key && !bench.sent) bench.sent = performance.now();
    return send.apply(this, args);
  };
  window.addEventListener("keydown", () => {
    if (!bench.key) bench.key = performance.now();
  }, true);

  const clear = CanvasRenderingContext2D.prototype.clearRect;
  CanvasRenderingContext2D.prototype.clearRect = function (...args) {
    if (this !== pen) touched.add(this.canvas);
    return clear.apply(this, args);
  };
  new MutationObserver((changes) => {
    for (const { target, addedNodes, attributeName } of changes) {
      if (attributeName === "data-test-script-state") bench.ran = true;
      const chart = (target.nodeType === 1 ? target : target.parentElement)?.closest("svg.marks");
      if (chart) touched.add(chart);
      const around = target.nodeType === 1 ? target : target.parentElement;
      if (around?.closest(WORDS)) bench.said = performance.now();
      addedNodes.forEach((node) => node.querySelectorAll?.(CHART).forEach((one) => touched.add(one)));
      addedNodes.forEach((node) => node.matches?.(CHART) && touched.add(node));
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });

  function picture(chart) {
    if (chart.tagName !== "CANVAS") return chart.innerHTML;
    clear.call(pen, 0, 0, 32, 32);
    if (chart.width && chart.height) pen.drawImage(chart, 0, 0, 32, 32);
    return pen.getImageData(0, 0, 32, 32).data.join();
  }
  function look() {
    for (const chart of touched) {
      if (!chart.isConnected || !chart.matches(CHART)) continue;
      const now = picture(chart);
      if (pictures.get(chart) !== now) bench.drawn = performance.now();
      pictures.set(chart, now);
    }
    touched.clear();
    const app = document.querySelector("[data-testid=stApp]");
    const idle = app && app.getAttribute("data-test-script-state") === "notRunning";
    if (!idle || bench.drawn) bench.ran = true; // on a busy machine a run may fall between two frames
    if (idle && bench.ran && bench.sent && !bench.ended) bench.ended = performance.now();
    requestAnimationFrame(look);
  }
  setInterval(() => { bench.charts = document.querySelectorAll(CHART).length; }, 500);
  window.__arm = () => Object.assign(bench, { key: 0, sent: 0, ended: 0, drawn: 0, said: 0, ran: false });
  requestAnimationFrame(look);
})();
