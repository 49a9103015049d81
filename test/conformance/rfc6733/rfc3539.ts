/** Judgements on RFC 3539 section 3. */
import { type Judgement, open } from "./judgement.js";

export const rfc3539: readonly Judgement[] = [
  open("3539-3.1-1", "fff72f1c", "Not judged yet."),
  open("3539-3.1-2", "07d40961", "Not judged yet."),
  open("3539-3.2-1", "33e46b5d", "Not judged yet."),
  open("3539-3.3-1", "b4fd69fc", "Not judged yet."),
  open("3539-3.3-2", "878b8ba4", "Not judged yet."),
  open("3539-3.3-3", "e19d8beb", "Not judged yet."),
  open("3539-3.3-4", "b5c1e5af", "Not judged yet."),
  open("3539-3.4-1", "f34069f6", "Not judged yet."),
  open("3539-3.4.1-1", "cb1ff38b", "Not judged yet."),
  open("3539-3.4.1-2", "12ca45d4", "Not judged yet."),
  open("3539-3.4.1-3", "d132ea1d", "Not judged yet."),
  open("3539-3.4.1-4", "7ddb4a25", "Not judged yet."),
  open("3539-3.4.1-5", "84dfb8a8", "Not judged yet."),
  open("3539-3.4.1-6", "d17f10f7", "Not judged yet."),
  open("3539-3.4.1-7", "893da8ca", "Not judged yet."),
  open("3539-3.4.1-8", "df49cb52", "Not judged yet."),
  open("3539-3.4.2-1", "557dd151", "Not judged yet."),
  open("3539-3.6-1", "3f291211", "Not judged yet."),
  open("3539-3.7-1", "07455a65", "Not judged yet."),
  open("3539-3.7-2", "bfe13a18", "Not judged yet."),
  open("3539-3.8.1-1", "374a5b3a", "Not judged yet."),
  open("3539-3.8.1-2", "58e688d7", "Not judged yet."),
  open("3539-3.9-1", "a52bf9d7", "Not judged yet."),
];
