/** All judgements, in the order of the texts. */
import type { Judgement } from "./judgement.js";
import { rfc3539 } from "./rfc3539.js";
import { section2 } from "./section-2.js";
import { section2Agents } from "./section-2-agents.js";
import { section3 } from "./section-3.js";
import { section4 } from "./section-4.js";
import { section5 } from "./section-5.js";
import { section6Avps } from "./section-6-avps.js";
import { section6Routing } from "./section-6-routing.js";
import { section7 } from "./section-7.js";
import { section8 } from "./section-8.js";
import { section9 } from "./section-9.js";

export const judgements: readonly Judgement[] = [
  ...section2,
  ...section2Agents,
  ...section3,
  ...section4,
  ...section5,
  ...section6Routing,
  ...section6Avps,
  ...section7,
  ...section8,
  ...section9,
  ...rfc3539,
];
