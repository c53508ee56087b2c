// Notes in the page when a key was pressed, when the change was sent, when the script ended and
// when a chart last changed its picture. Charts are compared as thumbnails, once per frame.
(() => {
  const bench = { key: 0, sent: 0, ended: 0, drawn: 0, charts: 0 };
  const pictures = new Map();
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

  function picture(chart) {
    if (chart.tagName !== "CANVAS") return chart.innerHTML;
    pen.clearRect(0, 0, 32, 32);
    if (chart.width && chart.height) pen.drawImage(chart, 0, 0, 32, 32);
    return pen.getImageData(0, 0, 32, 32).data.join();
  }
  function look() {
    const charts = document.querySelectorAll(
      "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg.marks");
    bench.charts = charts.length;
    charts.forEach((chart, place) => {
      const now = picture(chart);
      if (pictures.get(place) !== now) {
        pictures.set(place, now);
        bench.drawn = performance.now();
      }
    });
    const app = document.querySelector("[data-testid=stApp]");
    const idle = app && app.getAttribute("data-test-script-state") === "notRunning";
    if (!idle) bench.ran = true;
    if (idle && bench.ran && bench.sent && !bench.ended) bench.ended = performance.now();
    requestAnimationFrame(look);
  }
  window.__arm = () => Object.assign(bench, { key: 0, sent: 0, ended: 0, drawn: 0, ran: false });
  requestAnimationFrame(look);
})();
