/** Kinds of values that several settings have. */
import { parseDiameterURI } from "@diamgen/runtime";
import { z } from "zod";

const LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?";
const NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const PATTERN = new RegExp(`^(?:\\*|\\*\\.${LABEL}(?:\\.${LABEL})*|${LABEL}(?:\\.${LABEL})*)$`);
const LONGEST_TIMER = 0x7fffffff;

/** DiameterIdentity: an FQDN in ASCII, RFC 6733 section 4.3.1. */
export const identity = () =>
  z
    .string()
    .max(255)
    .regex(NAME, { error: "must be a DiameterIdentity: a host name with its domain, such as aaa.example.net" });

/** Identities that may connect: `*` is everybody, `*.example.net` everybody below example.net. */
export const identityPattern = () =>
  z.string().max(255).regex(PATTERN, {
    error: "must be a DiameterIdentity, *.example.net for all below example.net, or * for everybody",
  });

export const host = () =>
  z
    .string()
    .min(1)
    .max(255)
    .regex(/^[\w.:%-]+$/, { error: "must be a host name or an IP address" });

/** DiameterURI: RFC 6733 section 4.3.1. */
export const diameterUri = () =>
  z
    .string()
    .max(1024)
    .refine((text) => parseDiameterURI(text) !== undefined, {
      error: "must be a DiameterURI, such as aaa://acct.example.net:3868;transport=tcp",
    });

export const port = (least = 1) => z.int().min(least).max(65_535);

export const milliseconds = (least = 1) => z.int().min(least).max(LONGEST_TIMER);

export const count = (least = 1, most = Number.MAX_SAFE_INTEGER) => z.int().min(least).max(most);

export const path = () => z.string().min(1).max(4096);

/** A text that no log and no printed configuration shows. */
export const secret = () => z.string().min(1).max(4096);
