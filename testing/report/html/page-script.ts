/**
 * What the page does by itself: details of the mark that is pointed at or has the focus, arrow keys from mark to mark,
 * copying the command. Without it the page still says everything: each mark links to its row in the table.
 * A string, because the page's policy allows exactly this text, by its hash.
 */
export const PAGE_SCRIPT = `'use strict';
(() => {
  const failures = JSON.parse(document.getElementById('report-data').textContent);
  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  for (const failure of failures) {
    const chart = document.getElementById(failure.id + '-chart');
    const detail = document.getElementById(failure.id + '-detail');
    if (!chart || !detail) continue;
    const scroll = chart.querySelector('.chart-scroll');
    const marks = [...chart.querySelectorAll('.mark[data-index]')];
    let current = failure.violation;
    let shown = -1;

    const show = (index) => {
      const mark = failure.marks[index];
      if (!mark || index === shown) return;
      shown = index;
      const sentence = element('p', 'detail-sentence');
      if (mark.broke !== null) sentence.append(element('strong', '', mark.broke), ' ');
      sentence.append(mark.sentence);
      const list = element('dl', 'detail-list');
      for (const [name, value] of mark.details) {
        const pair = element('div');
        pair.append(element('dt', '', name), element('dd', '', value));
        list.append(pair);
      }
      detail.replaceChildren(element('p', 'detail-time', mark.time), sentence, list);
      for (const each of marks) each.classList.toggle('shown', Number(each.dataset.index) === index);
    };

    // One stop for the tabulator key; arrows go on from there.
    const reach = (index) => {
      current = index;
      for (const each of marks) each.setAttribute('tabindex', Number(each.dataset.index) === index ? '0' : '-1');
    };
    const focus = (index) => {
      const next = marks[Math.min(marks.length - 1, Math.max(0, index))];
      if (!next) return;
      reach(Number(next.dataset.index));
      next.focus();
      next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    };

    marks.forEach((mark, index) => {
      mark.addEventListener('pointerenter', () => show(index));
      mark.addEventListener('pointerleave', () => show(current));
      mark.addEventListener('focus', () => { reach(index); show(index); });
      mark.addEventListener('click', (event) => {
        // Enter goes to the row of the table, a pointer only pins the details.
        if (event.detail > 0) { event.preventDefault(); mark.focus(); }
      });
      mark.addEventListener('keydown', (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        const goal = event.key === 'Home' ? 0 : event.key === 'End' ? marks.length - 1 : step === undefined ? undefined : index + step;
        if (goal === undefined) return;
        event.preventDefault();
        focus(goal);
      });
    });
    reach(current);
    show(current);

    // The violation in view, with what led to it where both have room; from the beginning, if that shows them too.
    const start = marks[failure.violation];
    if (start && scroll && scroll.scrollWidth > scroll.clientWidth) {
      const frame = scroll.getBoundingClientRect();
      const box = start.getBoundingClientRect();
      const lead = (marks[failure.lead] || start).getBoundingClientRect();
      const reach = box.right + 50 - Math.min(lead.left, box.left) + 8;
      if (box.right + 60 > frame.right)
        scroll.scrollLeft += reach <= frame.width ? Math.min(lead.left, box.left) - 8 - frame.left - (frame.width - reach) / 2 : box.left + box.width / 2 - frame.left - frame.width / 2;
    }
    const hint = chart.nextElementSibling;
    const seeWidth = () => {
      const rest = scroll.scrollWidth - scroll.clientWidth;
      if (hint) hint.classList.toggle('needed', rest > 1);
      chart.classList.toggle('more-left', scroll.scrollLeft > 1);
      chart.classList.toggle('more-right', scroll.scrollLeft < rest - 1);
    };
    scroll.addEventListener('scroll', seeWidth, { passive: true });
    addEventListener('resize', seeWidth);
    seeWidth();
  }

  // A link to a row opens the table that it is in.
  const openTarget = () => {
    const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    const table = target && target.closest('details');
    if (table && !table.open) { table.open = true; target.scrollIntoView({ block: 'center' }); }
  };
  addEventListener('hashchange', openTarget);
  openTarget();

  for (const button of document.querySelectorAll('button[data-copy]')) {
    const text = document.getElementById(button.dataset.copy).textContent;
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener('click', () => {
      navigator.clipboard.writeText(text).then(
        () => { button.textContent = 'Copied'; setTimeout(() => { button.textContent = 'Copy'; }, 1500); },
        () => { button.textContent = 'Select the text to copy it'; },
      );
    });
  }
})();
`;
