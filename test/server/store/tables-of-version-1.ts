/** Our tables as version 1 made them: installations that are there. Never changed. */

import type { Dialect } from "../../../server/src/store/sql/executor.js";

/** MariaDB: with double quotes for its backticks. */
export const TABLES_OF_VERSION_1: Readonly<Record<Dialect, readonly string[]>> = {
  sqlite: [
    `CREATE TABLE "old_accounting" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  "identity" TEXT NOT NULL,
  "collision" INTEGER NOT NULL,
  "content_hash" TEXT NOT NULL,
  "retransmitted" INTEGER NOT NULL,
  "session_id" VARCHAR(255) NOT NULL,
  "sub_session_id" VARCHAR(20),
  "record_number" INTEGER NOT NULL,
  "record_type" INTEGER NOT NULL,
  "origin_host" VARCHAR(255) NOT NULL,
  "origin_realm" VARCHAR(255) NOT NULL,
  "received_at" TEXT NOT NULL,
  "record" TEXT NOT NULL,
  CONSTRAINT "old_accounting_identity_idx" UNIQUE ("identity", "collision")
)`,
    `CREATE INDEX "old_accounting_session_idx" ON "old_accounting" ("session_id")`,
    `CREATE TABLE "old_sip_user" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  "username" VARCHAR(64) NOT NULL,
  "domain" VARCHAR(64) NOT NULL,
  "visited_networks" TEXT,
  "mandatory_capabilities" TEXT,
  "optional_capabilities" TEXT,
  "unregistered_service" INTEGER DEFAULT 0 NOT NULL,
  "pending_uri" VARCHAR(1024),
  "pending_host" VARCHAR(255),
  "pending_realm" VARCHAR(255),
  CONSTRAINT "old_sip_user_account_idx" UNIQUE ("username", "domain")
)`,
    `CREATE TABLE "old_sip_aor" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  "user_id" INTEGER NOT NULL,
  "aor" VARCHAR(255) NOT NULL,
  "may_register" INTEGER DEFAULT 1 NOT NULL,
  "registration" VARCHAR(16) DEFAULT 'notRegistered' NOT NULL,
  "server_uri" VARCHAR(1024),
  "server_host" VARCHAR(255),
  "server_realm" VARCHAR(255),
  "user_data_types" TEXT,
  CONSTRAINT "old_sip_aor_aor_idx" UNIQUE ("aor"),
  CONSTRAINT "old_sip_aor_user_idx" UNIQUE ("user_id", "aor")
)`,
    `CREATE TABLE "old_sip_user_data" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  "user_id" INTEGER NOT NULL,
  "type" VARCHAR(255) NOT NULL,
  "contents" TEXT NOT NULL,
  CONSTRAINT "old_sip_user_data_type_idx" UNIQUE ("user_id", "type")
)`,
    `CREATE TABLE "old_schema" (
  "version" INTEGER PRIMARY KEY NOT NULL
)`,
  ],
  mariadb: [
    `CREATE TABLE "old_accounting" (
  "id" BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  "identity" CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  "collision" INT(11) UNSIGNED NOT NULL,
  "content_hash" CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  "retransmitted" SMALLINT NOT NULL,
  "session_id" VARCHAR(255) NOT NULL,
  "sub_session_id" VARCHAR(20),
  "record_number" BIGINT NOT NULL,
  "record_type" BIGINT NOT NULL,
  "origin_host" VARCHAR(255) NOT NULL,
  "origin_realm" VARCHAR(255) NOT NULL,
  "received_at" DATETIME(3) NOT NULL,
  "record" LONGTEXT NOT NULL,
  CONSTRAINT "old_accounting_identity_idx" UNIQUE ("identity", "collision"),
  KEY "session_idx" ("session_id")
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT=DYNAMIC`,
    `CREATE TABLE "old_sip_user" (
  "id" BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  "username" VARCHAR(64) NOT NULL,
  "domain" VARCHAR(64) NOT NULL,
  "visited_networks" LONGTEXT,
  "mandatory_capabilities" LONGTEXT,
  "optional_capabilities" LONGTEXT,
  "unregistered_service" SMALLINT DEFAULT 0 NOT NULL,
  "pending_uri" VARCHAR(1024),
  "pending_host" VARCHAR(255),
  "pending_realm" VARCHAR(255),
  CONSTRAINT "old_sip_user_account_idx" UNIQUE ("username", "domain")
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT=DYNAMIC`,
    `CREATE TABLE "old_sip_aor" (
  "id" BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  "user_id" BIGINT NOT NULL,
  "aor" VARCHAR(255) NOT NULL,
  "may_register" SMALLINT DEFAULT 1 NOT NULL,
  "registration" VARCHAR(16) DEFAULT 'notRegistered' NOT NULL,
  "server_uri" VARCHAR(1024),
  "server_host" VARCHAR(255),
  "server_realm" VARCHAR(255),
  "user_data_types" LONGTEXT,
  CONSTRAINT "old_sip_aor_aor_idx" UNIQUE ("aor"),
  CONSTRAINT "old_sip_aor_user_idx" UNIQUE ("user_id", "aor")
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT=DYNAMIC`,
    `CREATE TABLE "old_sip_user_data" (
  "id" BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  "user_id" BIGINT NOT NULL,
  "type" VARCHAR(255) NOT NULL,
  "contents" LONGTEXT NOT NULL,
  CONSTRAINT "old_sip_user_data_type_idx" UNIQUE ("user_id", "type")
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT=DYNAMIC`,
    `CREATE TABLE "old_schema" (
  "version" INT(11) UNSIGNED PRIMARY KEY NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT=DYNAMIC`,
  ],
  postgresql: [
    `CREATE TABLE "old_accounting" (
  "id" BIGSERIAL PRIMARY KEY NOT NULL,
  "identity" CHAR(64) NOT NULL,
  "collision" INTEGER NOT NULL,
  "content_hash" CHAR(64) NOT NULL,
  "retransmitted" SMALLINT NOT NULL,
  "session_id" VARCHAR(255) NOT NULL,
  "sub_session_id" VARCHAR(20),
  "record_number" BIGINT NOT NULL,
  "record_type" BIGINT NOT NULL,
  "origin_host" VARCHAR(255) NOT NULL,
  "origin_realm" VARCHAR(255) NOT NULL,
  "received_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL,
  "record" JSON NOT NULL,
  CONSTRAINT "old_accounting_identity_idx" UNIQUE ("identity", "collision")
)`,
    `CREATE INDEX "old_accounting_session_idx" ON "old_accounting" ("session_id")`,
    `CREATE TABLE "old_sip_user" (
  "id" BIGSERIAL PRIMARY KEY NOT NULL,
  "username" VARCHAR(64) NOT NULL,
  "domain" VARCHAR(64) NOT NULL,
  "visited_networks" JSON,
  "mandatory_capabilities" JSON,
  "optional_capabilities" JSON,
  "unregistered_service" SMALLINT DEFAULT 0 NOT NULL,
  "pending_uri" VARCHAR(1024),
  "pending_host" VARCHAR(255),
  "pending_realm" VARCHAR(255),
  CONSTRAINT "old_sip_user_account_idx" UNIQUE ("username", "domain")
)`,
    `CREATE TABLE "old_sip_aor" (
  "id" BIGSERIAL PRIMARY KEY NOT NULL,
  "user_id" BIGINT NOT NULL,
  "aor" VARCHAR(255) NOT NULL,
  "may_register" SMALLINT DEFAULT 1 NOT NULL,
  "registration" VARCHAR(16) DEFAULT 'notRegistered' NOT NULL,
  "server_uri" VARCHAR(1024),
  "server_host" VARCHAR(255),
  "server_realm" VARCHAR(255),
  "user_data_types" JSON,
  CONSTRAINT "old_sip_aor_aor_idx" UNIQUE ("aor"),
  CONSTRAINT "old_sip_aor_user_idx" UNIQUE ("user_id", "aor")
)`,
    `CREATE TABLE "old_sip_user_data" (
  "id" BIGSERIAL PRIMARY KEY NOT NULL,
  "user_id" BIGINT NOT NULL,
  "type" VARCHAR(255) NOT NULL,
  "contents" TEXT NOT NULL,
  CONSTRAINT "old_sip_user_data_type_idx" UNIQUE ("user_id", "type")
)`,
    `CREATE TABLE "old_schema" (
  "version" INTEGER PRIMARY KEY NOT NULL
)`,
  ],
};
