/*
 * An extension of freeDiameter for the server benchmark: a SIP authentication and accounting server that does what app_opensips does for a request,
 * as ../shared/reference/opensips.md describes it, and no more.
 *
 *   LoadExtension = "sip_server.fdx" : "answer";                          Result-Code 2001 to each request, which nobody looks at
 *   LoadExtension = "sip_server.fdx" : "database SOCKET DATABASE LOG";    one connection to MariaDB behind a mutex, a line in LOG for each record
 *
 * MAR: SELECT ha1 by escaped user name and realm, the digest of RFC 2069, 2006 or 4001. ACR: the values of all AVPs, joined by commas, written and
 * flushed to the file, which nobody syncs, before 2001.
 */

#include <freeDiameter/extension.h>
#include <gcrypt.h>
#include <mysql.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { MAR = 286, ACR = 271 };
enum {
  DIGEST_RESPONSE = 103,
  DIGEST_REALM = 104,
  DIGEST_NONCE = 105,
  DIGEST_METHOD = 108,
  DIGEST_URI = 109,
  DIGEST_USERNAME = 115,
};
enum { SUCCESS = 2001, SUCCESS_AUTH_SENT_SERVER_NOT_STORED = 2006, AUTHENTICATION_REJECTED = 4001, MISSING_AVP = 5005, UNABLE = 5012, USER_UNKNOWN = 5032 };

static struct dict_object *result_code, *auth_application, *auth_session_state, *error_message, *acct_session;
static MYSQL *database;
static FILE *records;
static pthread_mutex_t database_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t records_mutex = PTHREAD_MUTEX_INITIALIZER;

struct text {
  const char *data;
  size_t size;
};

static struct avp_hdr *header_of(struct avp *avp) {
  struct avp_hdr *header = NULL;
  return fd_msg_avp_hdr(avp, &header) == 0 ? header : NULL;
}

static struct avp *first_avp(struct msg *message) {
  struct avp *avp = NULL;
  return fd_msg_browse(message, MSG_BRW_FIRST_CHILD, &avp, NULL) == 0 ? avp : NULL;
}

static struct avp *next_avp(struct avp *avp) {
  struct avp *next = NULL;
  return fd_msg_browse(avp, MSG_BRW_NEXT, &next, NULL) == 0 ? next : NULL;
}

static struct text text_of(struct msg *message, uint32_t code) {
  for (struct avp *avp = first_avp(message); avp; avp = next_avp(avp)) {
    struct avp_hdr *header = header_of(avp);
    if (header && header->avp_code == code && header->avp_vendor == 0 && header->avp_value)
      return (struct text){(const char *)header->avp_value->os.data, header->avp_value->os.len};
  }
  return (struct text){NULL, 0};
}

static void md5_hex(char hex[33], const char *text) {
  unsigned char digest[16];
  gcry_md_hash_buffer(GCRY_MD_MD5, digest, text, strlen(text));
  for (int i = 0; i < 16; i++) sprintf(hex + 2 * i, "%02x", digest[i]);
}

/* The row's ha1, or "" where there is none; -1 where the database fails. */
static int find_ha1(char ha1[65], struct text user, struct text realm) {
  char query[512], user_text[129], realm_text[129];
  int result = -1;
  if (user.size > 64 || realm.size > 64) return -1;
  pthread_mutex_lock(&database_mutex);
  mysql_real_escape_string(database, user_text, user.data, user.size);
  mysql_real_escape_string(database, realm_text, realm.data, realm.size);
  snprintf(query, sizeof query, "SELECT ha1 FROM subscriber WHERE username='%s' AND domain='%s' LIMIT 1", user_text, realm_text);
  if (mysql_query(database, query) == 0) {
    MYSQL_RES *rows = mysql_store_result(database);
    if (rows) {
      MYSQL_ROW row = mysql_fetch_row(rows);
      snprintf(ha1, 65, "%s", row && row[0] ? row[0] : "");
      result = 0;
      mysql_free_result(rows);
    }
  }
  pthread_mutex_unlock(&database_mutex);
  return result;
}

static uint32_t authenticate(struct msg *request) {
  struct text user = text_of(request, DIGEST_USERNAME), realm = text_of(request, DIGEST_REALM), nonce = text_of(request, DIGEST_NONCE),
              uri = text_of(request, DIGEST_URI), method = text_of(request, DIGEST_METHOD), response = text_of(request, DIGEST_RESPONSE);
  char ha1[65], a2[512], ha2[33], all[512], expected[33];
  if (!user.data || !realm.data || !nonce.data || !uri.data || !method.data || !response.data) return MISSING_AVP;
  if (find_ha1(ha1, user, realm) != 0) return UNABLE;
  if (ha1[0] == '\0') return USER_UNKNOWN;
  snprintf(a2, sizeof a2, "%.*s:%.*s", (int)method.size, method.data, (int)uri.size, uri.data);
  md5_hex(ha2, a2);
  snprintf(all, sizeof all, "%s:%.*s:%s", ha1, (int)nonce.size, nonce.data, ha2);
  md5_hex(expected, all);
  return response.size == 32 && memcmp(expected, response.data, 32) == 0 ? SUCCESS_AUTH_SENT_SERVER_NOT_STORED : AUTHENTICATION_REJECTED;
}

static void record(struct msg *request) {
  pthread_mutex_lock(&records_mutex);
  const char *separator = "";
  for (struct avp *avp = first_avp(request); avp; avp = next_avp(avp), separator = ",") {
    struct avp_hdr *header = header_of(avp);
    struct dict_object *model = NULL;
    struct dict_avp_data data;
    if (!header || !header->avp_value || fd_msg_model(avp, &model) != 0 || !model || fd_dict_getval(model, &data) != 0) continue;
    if (data.avp_basetype == AVP_TYPE_OCTETSTRING)
      fprintf(records, "%s%.*s", separator, (int)header->avp_value->os.len, header->avp_value->os.data);
    else
      fprintf(records, "%s%u", separator, header->avp_value->u32);
  }
  fputc('\n', records);
  fflush(records);
  pthread_mutex_unlock(&records_mutex);
}

static int add_u32(struct msg *answer, struct dict_object *model, uint32_t number) {
  struct avp *avp;
  union avp_value value = {.u32 = number};
  CHECK_FCT(fd_msg_avp_new(model, 0, &avp));
  CHECK_FCT(fd_msg_avp_setvalue(avp, &value));
  return fd_msg_avp_add(answer, MSG_BRW_LAST_CHILD, avp);
}

static int add_text(struct msg *answer, struct dict_object *model, struct text text) {
  struct avp *avp;
  union avp_value value = {.os = {.data = (uint8_t *)text.data, .len = text.size}};
  CHECK_FCT(fd_msg_avp_new(model, 0, &avp));
  CHECK_FCT(fd_msg_avp_setvalue(avp, &value));
  return fd_msg_avp_add(answer, MSG_BRW_LAST_CHILD, avp);
}

/* Copies an AVP of the request, as Accounting-Record-Type in an ACA. */
static int echo_u32(struct msg *request, struct msg *answer, uint32_t code) {
  for (struct avp *avp = first_avp(request); avp; avp = next_avp(avp)) {
    struct avp_hdr *header = header_of(avp);
    struct dict_object *model = NULL;
    if (!header || header->avp_code != code || header->avp_vendor != 0) continue;
    CHECK_FCT(fd_msg_model(avp, &model));
    return add_u32(answer, model, header->avp_value->u32);
  }
  return 0;
}

static int serve(struct msg **message, struct avp *avp, struct session *session, void *opaque, enum disp_action *action) {
  struct msg_hdr *header;
  (void)avp, (void)session, (void)opaque;
  CHECK_FCT(fd_msg_hdr(*message, &header));
  if (!(header->msg_flags & CMD_FLAG_REQUEST)) return 0;
  struct msg *request = *message;
  int is_mar = header->msg_code == MAR;
  uint32_t code = SUCCESS;
  if (database) {
    if (is_mar)
      code = authenticate(request);
    else
      record(request);
  }
  struct text call = text_of(request, 44);
  CHECK_FCT(fd_msg_new_answer_from_req(fd_g_config->cnf_dict, message, 0));
  struct msg *answer = *message;
  if (is_mar) CHECK_FCT(add_u32(answer, auth_application, 6));
  CHECK_FCT(add_u32(answer, result_code, code));
  if (code >= 3000) CHECK_FCT(add_text(answer, error_message, (struct text){"REJECTED", 8}));
  if (is_mar) CHECK_FCT(add_u32(answer, auth_session_state, 1));
  CHECK_FCT(fd_msg_add_origin(answer, 0));
  if (is_mar) {
    if (call.data) CHECK_FCT(add_text(answer, acct_session, call));
  } else {
    CHECK_FCT(echo_u32(request, answer, 480));
    CHECK_FCT(echo_u32(request, answer, 485));
  }
  *action = DISP_ACT_SEND;
  return 0;
}

static int find_avp(const char *name, struct dict_object **object) {
  return fd_dict_search(fd_g_config->cnf_dict, DICT_AVP, AVP_BY_NAME, name, object, ENOENT);
}

/* What app_opensips takes from its extra-avps-file. */
static int add_avp(const char *name, uint32_t code, enum dict_avp_basetype type) {
  struct dict_avp_data data = {
      .avp_code = code,
      .avp_name = (char *)name,
      .avp_flag_mask = AVP_FLAG_VENDOR | AVP_FLAG_MANDATORY,
      .avp_flag_val = AVP_FLAG_MANDATORY,
      .avp_basetype = type,
  };
  return fd_dict_new(fd_g_config->cnf_dict, DICT_AVP, &data, NULL, NULL);
}

static int register_command(uint32_t application_id, uint32_t command_code, int auth) {
  struct disp_when when;
  struct dict_object *application;
  memset(&when, 0, sizeof when);
  CHECK_FCT(fd_dict_search(fd_g_config->cnf_dict, DICT_APPLICATION, APPLICATION_BY_ID, &application_id, &application, ENOENT));
  CHECK_FCT(fd_dict_search(fd_g_config->cnf_dict, DICT_COMMAND, CMD_BY_CODE_R, &command_code, &when.command, ENOENT));
  when.app = application;
  CHECK_FCT(fd_disp_register(serve, DISP_HOW_CC, &when, NULL, NULL));
  return fd_disp_app_support(application, NULL, auth, !auth);
}

static int sip_server_entry(char *configuration) {
  char socket[256], name[64], log[256];
  if (configuration && sscanf(configuration, "database %255s %63s %255s", socket, name, log) == 3) {
    database = mysql_init(NULL);
    if (!mysql_real_connect(database, NULL, "root", NULL, name, 0, socket, 0) || !(records = fopen(log, "a"))) {
      LOG_E("sip_server: %s", mysql_error(database));
      return EINVAL;
    }
  }
  CHECK_FCT(add_avp("Sip-Method", 204, AVP_TYPE_UNSIGNED32));
  CHECK_FCT(add_avp("Sip-From-Tag", 206, AVP_TYPE_OCTETSTRING));
  CHECK_FCT(add_avp("Sip-To-Tag", 207, AVP_TYPE_OCTETSTRING));
  CHECK_FCT(find_avp("Result-Code", &result_code));
  CHECK_FCT(find_avp("Auth-Application-Id", &auth_application));
  CHECK_FCT(find_avp("Auth-Session-State", &auth_session_state));
  CHECK_FCT(find_avp("Error-Message", &error_message));
  CHECK_FCT(find_avp("Acct-Session-Id", &acct_session));
  CHECK_FCT(register_command(6, MAR, 1));
  return register_command(3, ACR, 0);
}

EXTENSION_ENTRY("sip_server", sip_server_entry);
