/** What a configuration, a command and an operator may ask of the log. By itself: the command line loads neither pino nor zod for it. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
