/** The report in a real browser: what no reading of the HTML shows. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { renderPage } from '../../../testing/report/html/page.ts';
import type { CampaignStory } from '../../../testing/report/model/played-plan.ts';
import { bigPlay, commitPastFailure, staleBatch, storyOf } from '../played-plans.ts';
import { findBrowser, isBrowserRequired, launchBrowser } from './browser.ts';

const program = findBrowser();
const NONE = 'There is no Chromium: install it, or set CHROMIUM_PATH';

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

it('finds a browser where one is required', () => {
  if (program === null) process.stderr.write(`${NONE}: the tests of the page are left out.\n`);
  expect(program === null && isBrowserRequired(), NONE).toBe(false);
});

describe.skipIf(program === null)(`the report in a browser${program === null ? ` (skipped: ${NONE})` : ''}`, { timeout: 30_000 }, () => {
  let browser: Browser;
  let directory: string;
  let page: Page;
  const troubles: string[] = [];
  let count = 0;

  beforeAll(async () => {
    browser = await launchBrowser(program ?? '');
    directory = await mkdtemp(join(tmpdir(), 'kafka-rehearsal-page-'));
  });
  afterAll(async () => {
    await browser?.close();
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });
  afterEach(async () => {
    await page.context().close();
  });

  async function open(
    story: CampaignStory,
    viewport: { readonly width: number; readonly height: number },
    options: { readonly dark?: boolean; readonly script?: boolean } = {},
  ): Promise<void> {
    const context = await browser.newContext({
      viewport,
      colorScheme: options.dark === true ? 'dark' : 'light',
      javaScriptEnabled: options.script !== false,
    });
    page = await context.newPage();
    troubles.length = 0;
    const path = join(directory, `page-${(count += 1)}.html`);
    await writeFile(path, renderPage(story));
    const { href } = pathToFileURL(path);
    page.on('console', (message) => troubles.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (request.url() !== href) troubles.push(`request: ${request.url()}`);
    });
    await page.goto(href);
  }

  const zooOne = storyOf({ 'zoo-1': commitPastFailure });
  const detail = (): Promise<string> => page.locator('#f0-detail').innerText();

  it.each([
    ['a desktop', DESKTOP, false],
    ['a phone', PHONE, false],
    ['a phone in the dark', PHONE, true],
  ])('opens on %s without an error, without the network, and without scrolling sideways', async (_name, viewport, dark) => {
    await open(storyOf({ 'zoo-1': commitPastFailure, 'zoo-29': staleBatch, big: bigPlay(400) }), viewport, { dark });
    expect(troubles).toEqual([]);
    const { wide, room } = await page.evaluate<{ readonly wide: number; readonly room: number }>(
      '({ wide: document.documentElement.scrollWidth, room: document.documentElement.clientWidth })',
    );
    expect(wide).toBeLessThanOrEqual(room);
  });

  it('says first what went wrong and when, and shows where', async () => {
    await open(zooOne, DESKTOP);
    expect(await page.locator('#f0-title').innerText()).toBe('A commit passed a record that was not done');
    expect(await page.locator('.facts').innerText()).toMatch(/558 ms[\s\S]*orders-0/);
    const mark = page.locator('.mark.violates');
    expect(await mark.count()).toBe(1);
    expect(await mark.locator('.body').isVisible()).toBe(true);
    const box = await mark.boundingBox();
    const frame = await page.locator('.chart-scroll').boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(frame?.x ?? 0);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual((frame?.x ?? 0) + (frame?.width ?? 0));
    expect(await detail()).toContain('The promise broke here, at 558 ms. a#1 committed offset 2');
  });

  it('scrolls the lanes of a phone to the violation', async () => {
    await open(zooOne, PHONE);
    const frame = await page.locator('.chart-scroll').boundingBox();
    // What led to it stands beside it, whole.
    for (const mark of ['.mark.violates', 'a.mark-call.is-failed']) {
      const box = await page.locator(mark).boundingBox();
      expect(box?.x).toBeGreaterThanOrEqual(frame?.x ?? 0);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(PHONE.width);
    }
    expect(await page.locator('.scroll-hint').isVisible()).toBe(true);
  });

  it('shows the figures of a campaign on a phone, each with its title', async () => {
    await open(zooOne, PHONE);
    const cells = page.locator('.suite-table tbody tr').first().locator('.number');
    expect(await cells.count()).toBe(10);
    for (const cell of await cells.all()) {
      const box = await cell.boundingBox();
      expect(box?.width).toBeGreaterThan(20);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(PHONE.width);
    }
    expect(await cells.nth(1).getAttribute('data-title')).toBe('records');
  });

  it('breaks no word of a command', async () => {
    await open(zooOne, PHONE);
    const parts: { readonly text: string; readonly lines: number }[] = await page.evaluate(
      "[...document.querySelectorAll('.command code span')].map((part) => ({ text: part.textContent, lines: part.getClientRects().length }))",
    );
    expect(parts.map(({ text }) => text)).toContain('--filter zoo-1');
    expect(parts.filter(({ lines }) => lines !== 1)).toEqual([]);
    expect(await page.locator('#f0-command').innerText()).toBe('npx kafka-rehearsal run --seed 42 --filter zoo-1 --runs 400');
    expect(await page.locator('#f0-small').innerText()).toBe('npx kafka-rehearsal replay failure-zoo-1-commit-past-open.json');
  });

  it.each([DESKTOP, PHONE])('names the lines outside of the area of risk, which ends at its tick ($width wide)', async (viewport) => {
    await open(zooOne, viewport);
    const { names, area, ends } = await page.evaluate<{
      readonly names: readonly number[];
      readonly area: readonly [number, number];
      readonly ends: readonly number[];
    }>(`(() => {
      const area = document.querySelector('.chart .danger').getBoundingClientRect();
      const tick = [...document.querySelectorAll('.tick-label')].find((label) => label.textContent === '601 ms').getBoundingClientRect();
      return {
        names: [...document.querySelectorAll('.line-name')].map((name) => name.getBoundingClientRect()).flatMap((box) => [box.left, box.right]),
        area: [area.left, area.right],
        ends: [tick.left, tick.right],
      };
    })()`);
    expect(names).toHaveLength(4);
    expect(names.filter((x) => x > area[0] - 2 && x < area[1] + 2)).toEqual([]);
    expect((ends[0] ?? 0) + (ends[1] ?? 0)).toBeCloseTo(2 * area[1], 0);
  });

  it('has one time for the break, and says what else is known of it', async () => {
    await open(zooOne, DESKTOP);
    expect(await page.locator('.fact-cost').innerText()).toContain('if the process restarts within 43 ms (558 ms to 601 ms)');
    expect(await page.locator('.advice').innerText()).toMatch(/Likely cause[\s\S]+Next/);
    expect(await page.locator('.violation-text').textContent()).toBe('558 ms');
    expect(await page.locator('.mark.violates').getAttribute('aria-label')).toMatch(
      /^The promise broke here, at 558 ms\. 551 ms to 558 ms: /,
    );
    expect(await page.locator('.step-violation time').innerText()).toBe('558 ms');
    expect(await page.locator('.snapshot').innerText()).toContain('goes on at offset 2, the end of the log');
    expect(await page.locator('.promises summary').innerText()).toContain('had nothing to judge');
  });

  it('lets the keyboard reach every mark, and shows its details', async () => {
    await open(zooOne, DESKTOP);
    const marks = await page.locator('.mark[data-index]').count();
    // One stop for the whole chart: the violation.
    for (let presses = 0; presses < 20 && !(await page.evaluate('document.activeElement.matches(".mark")')); presses += 1)
      await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.classList.contains("violates")')).toBe(true);
    await page.keyboard.press('Home');
    expect(await detail()).toContain('Record 0 was written to orders-0.');
    const seen = new Set([await detail()]);
    for (let step = 1; step < marks; step += 1) {
      await page.keyboard.press('ArrowRight');
      seen.add(await detail());
    }
    expect(seen.size).toBe(marks);
    expect(await detail()).toContain('Member a#1 had stopped.');
    await page.keyboard.press('ArrowLeft');
    expect(await detail()).toContain('was told to stop');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.matches(".mark")')).toBe(false);
  });

  it('shows details on hover, and goes back to the violation after it', async () => {
    await open(zooOne, DESKTOP);
    await page.locator('a.mark-call.is-failed').hover();
    expect(await detail()).toContain('gave record 0 to the handler, which failed, as the plan told it to');
    await page.mouse.move(5, 5);
    expect(await detail()).toContain('The promise broke here, at 558 ms.');
  });

  it('names every mark for a screen reader, and has the same in a table', async () => {
    await open(zooOne, DESKTOP);
    const labels: string[] = await page.evaluate(
      '[...document.querySelectorAll(".mark[data-index]")].map((mark) => mark.getAttribute("aria-label"))',
    );
    expect(labels.every((label) => /^(The promise broke here, at 558 ms\. )?\d[\d. mins]*( to \d[\d. mins]*)?: .+\.$/.test(label))).toBe(
      true,
    );
    await page.locator('#f0-events summary').click();
    const rows = await page.locator('#f0-events tbody tr').allInnerTexts();
    expect(rows.length).toBe(labels.length);
    expect(await page.locator('#f0-events tr.violates').count()).toBe(1);
  });

  it('draws no two marks of a lane over each other', async () => {
    await open(storyOf({ 'zoo-1': commitPastFailure, 'zoo-29': staleBatch }), DESKTOP);
    const overlaps: string[] = await page.evaluate(`[...document.querySelectorAll('.chart')].flatMap((chart) => {
      const boxes = [...chart.querySelectorAll('.mark')].map((mark) => ({ label: mark.getAttribute('aria-label'), box: mark.querySelector('.body').getBoundingClientRect() }));
      return boxes.flatMap(({ label, box }, index) => boxes.slice(index + 1)
        .filter((other) => box.left < other.box.right - 1 && other.box.left < box.right - 1 && box.top < other.box.bottom - 1 && other.box.top < box.bottom - 1)
        .map((other) => label + ' / ' + other.label));
    })`);
    expect(overlaps).toEqual([]);
  });

  it('draws no two labels of the ruler over each other', async () => {
    await open(storyOf({ 'zoo-29': staleBatch, big: bigPlay(400) }), DESKTOP);
    const overlaps: number = await page.evaluate(`[...document.querySelectorAll('.chart')].map((chart) => {
      const boxes = [...chart.querySelectorAll('.tick-label, .violation-flag')].map((label) => label.getBoundingClientRect());
      return boxes.flatMap((box, index) => boxes.slice(index + 1).filter((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom)).length;
    }).reduce((sum, count) => sum + count, 0)`);
    expect(overlaps).toBe(0);
  });

  it('runs no text of a topic, key or error as a program', async () => {
    const evil = '"><img src=x onerror="document.title=1"><script>document.title=2</script></script><!--';
    const events = commitPastFailure.history.events.map((event) =>
      event.kind === 'call-ended' ? { ...event, reason: evil } : event.kind === 'produced' ? { ...event, key: evil } : event,
    );
    const played = { ...commitPastFailure, history: { ...commitPastFailure.history, events } };
    await open(storyOf({ [evil]: played }, { message: evil, replayCommand: evil }), DESKTOP);
    expect(troubles).toEqual([]);
    expect(await page.title()).toContain('broken');
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.locator('.lede').innerText()).toBe(evil);
  });

  it('says everything without a script too', async () => {
    await open(zooOne, DESKTOP, { script: false });
    expect(await detail()).toContain('The promise broke here, at 558 ms.');
    expect(await page.locator('.mark').first().getAttribute('href')).toBe('#f0-e0');
    expect(await page.locator('tr#f0-e0').count()).toBe(1);
  });

  it('says that everything held, and what was looked at', async () => {
    await open(storyOf({}), PHONE);
    expect(troubles).toEqual([]);
    expect(await page.locator('h1').innerText()).toContain('Everything held');
    expect(await page.locator('.suite').innerText()).toContain('nothing to judge');
  });
});
