// What of the page can be seen, and how well: evaluated by check.py, not part of any page.
(() => {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let place = element; place; place = place.parentElement) {
      const colour = getComputedStyle(place).backgroundColor;
      if ((channels(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const isSeen = (element) =>
    element.checkVisibility({ checkVisibilityCSS: true, contentVisibilityAuto: true }) &&
    element.getClientRects().length > 0;
  const hasText = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");

  let [worst, where, count] = [21, "", 0];
  for (const element of document.body.querySelectorAll("*")) {
    if (!hasText(element) || !isSeen(element)) continue;
    const style = getComputedStyle(element);
    const ink = element instanceof SVGElement ? style.fill : style.color;
    const pair = [luminance(ink), luminance(ground(element))];
    const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    count += 1;
    if (contrast < worst) [worst, where] = [contrast, element.outerHTML.slice(0, 120)];
  }
  const parts = {};
  for (const name of PARTS) {
    const found = [...document.querySelectorAll(name)];
    parts[name] = found.filter(isSeen).length;
  }
  return {
    parts, worst, where, count,
    ground: getComputedStyle(document.body).backgroundColor,
    overflow: document.documentElement.scrollWidth - innerWidth,
    maps: [...document.querySelectorAll("table.heat")].map((table) =>
      [...table.querySelectorAll("tbody td.p8, tbody td.n8")].map(
        (cell) => getComputedStyle(cell).backgroundColor)),
    hidden: [...document.querySelectorAll("details")].filter(
      (details) => !isSeen(details.lastElementChild)).length,
  };
})()
