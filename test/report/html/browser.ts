/** A real browser for the tests of the page, where there is one. */
import { accessSync, constants } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The browser's program, by CHROMIUM_PATH or in the usual places; null where there is none. */
export function findBrowser(): string | null {
  const given = process.env['CHROMIUM_PATH'];
  const places = given === undefined || given === '' ? USUAL_PLACES : [given];
  return places.find(isProgram) ?? null;
}

/** Whether a machine without a browser must fail the tests, instead of leaving them out. */
export function isBrowserRequired(): boolean {
  return process.env['KAFKA_REHEARSAL_REQUIRED_BROWSER'] === '1';
}

export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
