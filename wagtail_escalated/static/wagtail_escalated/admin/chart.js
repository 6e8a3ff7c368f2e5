/**
 * Draws the numbers of a table: a line or bars, told apart by dashes and hatching as well as by colour.
 *
 * @example
 * <div data-controller="esc-chart" data-esc-chart-kind-value="line"
 *      data-esc-chart-columns-value="[1, 2]" data-esc-chart-table-value="the-tables-id"><canvas></canvas></div>
 */
(() => {
  const TONES = ['--w-color-secondary', '--w-color-warning-100', '--w-color-info-100'];
  const PAGE = '--w-color-surface-page';
  const DASHES = [[], [6, 4], [2, 3]];
  const POINTS = ['circle', 'triangle', 'rect'];

  /** What the cell stands for, whatever the language writes between its digits. */
  const number = ({ dataset }) => {
    const value = Number.parseFloat(dataset.value);
    return Number.isNaN(value) ? null : value;
  };

  /** The first series is plain, the others are striped, so that nobody needs to see colours. */
  const filled = (tone, page, index) => {
    if (!index) return tone;
    const tile = document.createElement('canvas');
    tile.width = 8;
    tile.height = 8;
    const pen = tile.getContext('2d');
    pen.fillStyle = page;
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = tone;
    pen.lineWidth = 2;
    pen.beginPath();
    if (index === 1) { pen.moveTo(-2, 10); pen.lineTo(10, -2); } else { pen.moveTo(0, 4); pen.lineTo(8, 4); }
    pen.stroke();
    return pen.createPattern(tile, 'repeat');
  };

  class ChartController extends window.StimulusModule.Controller {
    static values = { kind: String, columns: Array, table: String };

    connect() {
      this.draw = this.draw.bind(this);
      this.looks = ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((look) => window.matchMedia(look));
      this.looks.forEach((look) => look.addEventListener('change', this.draw));
      this.draw();
    }

    disconnect() {
      this.looks.forEach((look) => look.removeEventListener('change', this.draw));
      this.chart?.destroy();
    }

    /** A browser that forces its colours does so around the canvas, never in it. */
    get token() {
      const style = getComputedStyle(this.element);
      if (!this.looks[1].matches) return (name) => style.getPropertyValue(name).trim();
      const page = getComputedStyle(document.body).backgroundColor;
      return (name) => (name === PAGE ? page : style.color);
    }

    draw() {
      this.chart?.destroy();
      const { token } = this;
      this.chart = new window.Chart(this.element.querySelector('canvas'), {
        type: this.kindValue,
        data: this.series(token),
        options: this.settings(token),
      });
    }

    series(token) {
      const table = document.getElementById(this.tableValue);
      const headings = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
      const rows = [...table.tBodies[0].rows].filter((row) => row.cells.length === headings.length);
      return {
        labels: rows.map((row) => row.cells[0].textContent.trim()),
        datasets: this.columnsValue.map((column, index) => {
          const tone = token(TONES[index % TONES.length]);
          return {
            label: headings[column],
            data: rows.map((row) => number(row.cells[column])),
            borderColor: tone,
            borderWidth: this.kindValue === 'line' ? 2 : 1,
            borderDash: DASHES[index % DASHES.length],
            pointStyle: POINTS[index % POINTS.length],
            pointRadius: rows.length > 40 ? 0 : 3,
            backgroundColor: filled(tone, token(PAGE), index),
          };
        }),
      };
    }

    settings(token) {
      const text = token('--w-color-text-context');
      const grid = token('--w-color-border-furniture');
      const axis = { ticks: { color: text }, grid: { color: grid }, border: { color: grid } };
      return {
        animation: false,
        maintainAspectRatio: false,
        locale: document.documentElement.lang || undefined,
        plugins: {
          legend: {
            display: this.columnsValue.length > 1,
            rtl: document.documentElement.dir === 'rtl',
            labels: { color: text, usePointStyle: this.kindValue === 'line', boxHeight: 8, pointStyleWidth: 24 },
          },
        },
        scales: {
          x: { ...axis, ticks: { color: text, maxRotation: this.kindValue === 'line' ? 0 : 50, autoSkipPadding: 12 }, reverse: document.documentElement.dir === 'rtl' },
          y: { ...axis, beginAtZero: true, ticks: { color: text, precision: 0 } },
        },
      };
    }
  }

  window.wagtail.app.register('esc-chart', ChartController);
})();
