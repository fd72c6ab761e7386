/** Shows the hint before each table that is wider than its place: touch screens show no scroll bar. */
export function hintAtScrolling() {
  const observer = new ResizeObserver((entries) => {
    for (const place of new Set(entries.map(({ target }) => target.closest('.scroll')))) update(place);
  });
  for (const place of document.querySelectorAll('.scroll')) {
    observer.observe(place);
    observer.observe(place.firstElementChild);
    place.addEventListener('scroll', () => update(place), { passive: true });
  }
}

/** Shows the hint while there is more to the right. */
function update(place) {
  const isAtEnd = place.scrollLeft + place.clientWidth >= place.scrollWidth - 1;
  place.previousElementSibling.hidden = isAtEnd;
}
