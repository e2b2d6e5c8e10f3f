import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core';
import { describeInChromium, launchChromium } from '../support/chromium';
import { collectComplaints } from './complaints';
import { SpaSite } from './spa-site';

/** The examples and a browser in front of them, with a fresh profile for each test. */
export class ExampleStage {
  site!: SpaSite;
  browser!: Browser;
  context!: BrowserContext;
  /** What a page said about its policy, threw, or logged as an error or a warning. */
  readonly complaints: string[] = [];

  async freshProfile(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const viewport = { width: 1280, height: 800 };
    const context = await this.browser.newContext({ viewport, ...options });
    context.setDefaultTimeout(20_000);
    collectComplaints(context, this.complaints);
    return context;
  }
}

/** A suite on a stage of its own. After each test no policy was broken, and nothing was thrown or logged. */
export function describeExamples(title: string, suite: (stage: ExampleStage) => void): void {
  describeInChromium(title, () => {
    const stage = new ExampleStage();

    beforeAll(async () => {
      stage.site = await SpaSite.start();
      // Kept pages are part of what is tested.
      stage.browser = await launchChromium({
        ignoreDefaultArgs: ['--disable-back-forward-cache'],
      });
    }, 180_000);

    afterAll(async () => {
      await stage.browser.close();
      await stage.site.stop();
    }, 60_000);

    beforeEach(async () => {
      stage.context = await stage.freshProfile();
    });

    afterEach(async () => {
      for (const context of stage.browser.contexts()) await context.close();
      expect(stage.complaints.splice(0)).toEqual([]);
    });

    suite(stage);
  });
}
