/** F6: from region to region, in the order of the page. */
export function focusNextRegion(): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')];
  const inner = regions.findLastIndex((region) => region.contains(document.activeElement));
  regions[(inner + 1) % regions.length]?.focus();
}
