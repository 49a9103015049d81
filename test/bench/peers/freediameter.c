/*
 * The codec benchmark of freeDiameter: processor time per message of libfdproto, with the dictionaries of Debian's extensions.
 *
 *   freediameter SECONDS TURNS FILE.bin...
 *
 * decode  a copy of the octets (the library frees what it parses), fd_msg_parse_buffer, fd_msg_parse_dict, fd_msg_parse_rules,
 *         fd_msg_free: what the daemon does with a message that it receives.
 * encode  fd_msg_new, then fd_msg_avp_new, fd_msg_avp_setvalue and fd_msg_avp_add for each AVP, fd_msg_bufferize and free. Values and
 *         dictionary objects are at hand, no name is looked up.
 *
 * Prints one JSON object: by message, the median of TURNS measurements of SECONDS each, in nanoseconds, and what shows that the work was
 * done: `avps` of the message, `unknown` ones among them, `identical` where the encoded octets are those of the file, `flags` of AVPs that
 * differ from the dictionary's, and `refused`, the AVPs without which the rules refuse the message, as paths of codes.
 */

#include <dlfcn.h>
#include <freeDiameter/extension.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_MESSAGE 65536
#define MAX_AVPS 1024
#define MAX_DEPTH 8
#define MAX_TURNS 1001
#define CALLS_BETWEEN_CLOCKS 16

/* dict_dcca_3gpp needs the three before it. */
static const char *const EXTENSIONS[] = {"dict_nasreq.fdx", "dict_dcca.fdx", "dict_dcca_3gpp.fdx", "dict_sip.fdx"};

struct item {
  struct dict_object *model;
  union avp_value *value; /* NULL in a group */
  int parent;             /* index of the group, -1 at the top level */
  int depth;
  size_t offset; /* in the message */
  size_t size;   /* with padding */
  uint32_t code;
  uint8_t flags;
  int flags_differ; /* from those that fd_msg_avp_new sets */
};

struct subject {
  const char *path;
  char name[64];
  uint8_t octets[MAX_MESSAGE];
  size_t size;
  struct msg *parsed; /* owns the values of `items` */
  struct dict_object *model;
  struct msg_hdr header;
  struct item items[MAX_AVPS];
  int count;
  int unknown;
  int flags;
};

#define MUST(call)                                                        \
  do {                                                                    \
    int must_result = (call);                                             \
    if (must_result != 0) fail(#call, strerror(must_result));             \
  } while (0)

static void fail(const char *what, const char *why) {
  fprintf(stderr, "freediameter: %s: %s\n", what, why);
  exit(1);
}

static struct dictionary *dictionary(void) { return fd_g_config->cnf_dict; }

static void load_extensions(void) {
  for (size_t i = 0; i < sizeof EXTENSIONS / sizeof *EXTENSIONS; i++) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", DEFAULT_EXTENSIONS_PATH, EXTENSIONS[i]);
    void *extension = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (extension == NULL) fail(path, dlerror());
    int (*init)(int, int, char *) = (int (*)(int, int, char *))dlsym(extension, "fd_ext_init");
    if (init == NULL) fail(path, dlerror());
    MUST(init(FD_PROJECT_VERSION_MAJOR, FD_PROJECT_VERSION_MINOR, NULL));
  }
}

/* 0, or the error of the library with its name in `*code`; the message is NULL where parsing failed. */
static int parse(const uint8_t *octets, size_t size, struct msg **message, const char **code) {
  struct fd_pei problem;
  memset(&problem, 0, sizeof problem);
  uint8_t *copy = malloc(size);
  if (copy == NULL) fail("malloc", "no memory");
  memcpy(copy, octets, size);
  *message = NULL;
  int result = fd_msg_parse_buffer(&copy, size, message);
  if (result != 0) {
    free(copy);
    return result;
  }
  result = fd_msg_parse_dict(*message, dictionary(), &problem);
  if (result == 0) result = fd_msg_parse_rules(*message, dictionary(), &problem);
  if (result != 0) {
    *code = problem.pei_errcode;
    if (problem.pei_avp_free) fd_msg_free(problem.pei_avp);
  }
  return result;
}

static void decode(const struct subject *subject) {
  struct msg *message;
  const char *code = NULL;
  int result = parse(subject->octets, subject->size, &message, &code);
  if (result != 0) fail(subject->path, code == NULL ? strerror(result) : code);
  MUST(fd_msg_free(message));
}

static uint8_t *encode(const struct subject *subject, size_t *size) {
  struct msg *message;
  struct msg_hdr *header;
  msg_or_avp *parents[MAX_DEPTH + 1];
  uint8_t *octets = NULL;
  MUST(fd_msg_new(subject->model, 0, &message));
  MUST(fd_msg_hdr(message, &header));
  header->msg_flags = subject->header.msg_flags;
  header->msg_appl = subject->header.msg_appl;
  header->msg_hbhid = subject->header.msg_hbhid;
  header->msg_eteid = subject->header.msg_eteid;
  parents[0] = message;
  for (int i = 0; i < subject->count; i++) {
    const struct item *item = &subject->items[i];
    struct avp *avp;
    MUST(fd_msg_avp_new(item->model, 0, &avp));
    if (item->flags_differ) {
      struct avp_hdr *avp_header;
      MUST(fd_msg_avp_hdr(avp, &avp_header));
      avp_header->avp_flags = item->flags;
    }
    if (item->value != NULL) MUST(fd_msg_avp_setvalue(avp, item->value));
    MUST(fd_msg_avp_add(parents[item->depth], MSG_BRW_LAST_CHILD, avp));
    parents[item->depth + 1] = avp;
  }
  MUST(fd_msg_bufferize(message, &octets, size));
  MUST(fd_msg_free(message));
  return octets;
}

static void encode_and_free(const struct subject *subject) {
  size_t size;
  free(encode(subject, &size));
}

/* Notes the AVPs of a message or group, whose first one starts at `offset`. */
static void note(struct subject *subject, msg_or_avp *of, int parent, int depth, size_t offset) {
  struct avp *avp = NULL;
  if (depth >= MAX_DEPTH) fail(subject->path, "too many levels of groups");
  MUST(fd_msg_browse_internal(of, MSG_BRW_FIRST_CHILD, (msg_or_avp **)&avp, NULL));
  while (avp != NULL) {
    if (subject->count == MAX_AVPS) fail(subject->path, "too many AVPs");
    int index = subject->count++;
    struct item *item = &subject->items[index];
    struct avp_hdr *header;
    MUST(fd_msg_avp_hdr(avp, &header));
    MUST(fd_msg_model(avp, &item->model));
    item->parent = parent;
    item->depth = depth;
    item->offset = offset;
    item->code = header->avp_code;
    item->flags = header->avp_flags;
    item->value = header->avp_value;
    const uint8_t *start = subject->octets + offset;
    item->size = (((size_t)start[5] << 16 | (size_t)start[6] << 8 | start[7]) + 3) & ~(size_t)3;
    if (item->model == NULL) {
      subject->unknown++;
    } else {
      struct dict_avp_data data;
      MUST(fd_dict_getval(item->model, &data));
      item->flags_differ = data.avp_flag_val != item->flags;
      if (item->flags_differ) subject->flags++;
      if (data.avp_basetype == AVP_TYPE_GROUPED) {
        item->value = NULL;
        note(subject, avp, index, depth + 1, offset + (item->flags & AVP_FLAG_VENDOR ? 12 : 8));
      }
    }
    offset += subject->items[index].size;
    struct avp *next = NULL;
    MUST(fd_msg_browse_internal(avp, MSG_BRW_NEXT, (msg_or_avp **)&next, NULL));
    avp = next;
  }
}

static void load(struct subject *subject, const char *path) {
  memset(subject, 0, sizeof *subject);
  subject->path = path;
  const char *base = strrchr(path, '/');
  base = base == NULL ? path : base + 1;
  snprintf(subject->name, sizeof subject->name, "%.*s", (int)strcspn(base, "."), base);
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail(path, "cannot be read");
  subject->size = fread(subject->octets, 1, MAX_MESSAGE, file);
  fclose(file);
  const char *code = NULL;
  int result = parse(subject->octets, subject->size, &subject->parsed, &code);
  if (result != 0) fail(path, code == NULL ? strerror(result) : code);
  struct msg_hdr *header;
  MUST(fd_msg_hdr(subject->parsed, &header));
  subject->header = *header;
  MUST(fd_msg_model(subject->parsed, &subject->model));
  if (subject->model == NULL) fail(path, "its command is not in the dictionary");
  note(subject, subject->parsed, -1, 0, 20);
}

static void shorten(uint8_t *length, size_t by) {
  size_t now = ((size_t)length[0] << 16 | (size_t)length[1] << 8 | length[2]) - by;
  length[0] = now >> 16;
  length[1] = now >> 8;
  length[2] = now;
}

/* Prints the paths of AVPs without which the message is refused for a missing AVP, each once. */
static void print_refused(const struct subject *subject) {
  static char seen[MAX_AVPS][64];
  int found = 0;
  int level = fd_g_debug_lvl;
  fd_g_debug_lvl = FD_LOG_FATAL + 1;
  for (int i = 0; i < subject->count; i++) {
    const struct item *item = &subject->items[i];
    uint8_t octets[MAX_MESSAGE];
    size_t after = item->offset + item->size;
    memcpy(octets, subject->octets, item->offset);
    memcpy(octets + item->offset, subject->octets + after, subject->size - after);
    shorten(octets + 1, item->size);
    char path[64];
    snprintf(path, sizeof path, "%u", item->code);
    for (int p = item->parent; p >= 0; p = subject->items[p].parent) {
      char longer[64];
      shorten(octets + subject->items[p].offset + 5, item->size);
      snprintf(longer, sizeof longer, "%u.%.40s", subject->items[p].code, path);
      memcpy(path, longer, sizeof path);
    }
    struct msg *message = NULL;
    const char *code = NULL;
    int result = parse(octets, subject->size - item->size, &message, &code);
    if (message != NULL) MUST(fd_msg_free(message));
    if (result == 0 || code == NULL || strcmp(code, "DIAMETER_MISSING_AVP") != 0) continue;
    int known = 0;
    for (int s = 0; s < found; s++) known |= strcmp(seen[s], path) == 0;
    if (known) continue;
    memcpy(seen[found], path, sizeof path);
    printf("%s\"%s\"", found == 0 ? "" : ", ", path);
    found++;
  }
  fd_g_debug_lvl = level;
}

static double processor_time(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double spin(void (*call)(const struct subject *), const struct subject *subject, double seconds) {
  double start = processor_time(), elapsed;
  long calls = 0;
  do {
    for (int i = 0; i < CALLS_BETWEEN_CLOCKS; i++) call(subject);
    calls += CALLS_BETWEEN_CLOCKS;
    elapsed = processor_time() - start;
  } while (elapsed < seconds * 1e9);
  return elapsed / (double)calls;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(void (*call)(const struct subject *), const struct subject *subject, double seconds, int turns) {
  double times[MAX_TURNS];
  spin(call, subject, seconds);
  for (int i = 0; i < turns; i++) times[i] = spin(call, subject, seconds);
  qsort(times, turns, sizeof *times, ascending);
  return times[turns / 2];
}

int main(int argc, char **argv) {
  static struct subject subject;
  double seconds = argc > 1 ? atof(argv[1]) : 0;
  int turns = argc > 2 ? atoi(argv[2]) : 0;
  if (argc < 4 || seconds <= 0 || turns < 1 || turns > MAX_TURNS) fail("usage", "freediameter SECONDS TURNS FILE.bin...");
  fd_g_debug_lvl = FD_LOG_ERROR;
  MUST(fd_core_initialize());
  load_extensions();
  printf("{");
  for (int i = 3; i < argc; i++) {
    size_t size;
    load(&subject, argv[i]);
    if (subject.unknown > 0) {
      fprintf(stderr, "freediameter: %s: %d AVPs are not in the dictionaries\n", argv[i], subject.unknown);
      return 1;
    }
    uint8_t *octets = encode(&subject, &size);
    int identical = size == subject.size && memcmp(octets, subject.octets, size) == 0;
    free(octets);
    printf("%s\"%s\": {\"avps\": %d, \"unknown\": %d, \"flags\": %d, \"identical\": %s, \"refused\": [", i == 3 ? "" : ", ", subject.name,
           subject.count, subject.unknown, subject.flags, identical ? "true" : "false");
    print_refused(&subject);
    printf("], \"decode\": %.1f, ", median(decode, &subject, seconds, turns));
    printf("\"encode\": %.1f}", median(encode_and_free, &subject, seconds, turns));
    MUST(fd_msg_free(subject.parsed));
  }
  printf("}\n");
  fflush(stdout);
  _Exit(0); /* the library was never started, so there is nothing to shut down */
}
