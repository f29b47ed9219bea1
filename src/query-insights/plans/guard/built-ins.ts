/** Volatile functions of PostgreSQL that only answer something: they may stand in a statement. */
const HARMLESS_VOLATILE = new Set([
  'bernoulli',
  'clock_timestamp',
  'gen_random_uuid',
  'pg_database_size',
  'pg_indexes_size',
  'pg_is_in_recovery',
  'pg_relation_size',
  'pg_table_size',
  'pg_total_relation_size',
  'random',
  'random_normal',
  'system',
  'timeofday',
  'uuidv4',
  'uuidv7',
]);

/** Functions named pg_... that tell about the schema or a value, as statements of applications do. */
const HARMLESS_PG =
  /^pg_(typeof|column_size|column_compression|size_pretty|size_bytes|backend_pid|client_encoding|collation_for|char_to_encoding|encoding_to_char|get_(constraintdef|expr|function_(arguments|identity_arguments|result)|indexdef|keywords|partkeydef|serial_sequence|statisticsobjdef|triggerdef|userbyid|viewdef|ruledef|functiondef)|has_role|my_temp_schema|\w+_is_visible|is_in_recovery|postmaster_start_time|relation_is_updatable|column_is_updatable|stat_get_(?!activity|backend|progress|replication|subscription|wal|slru|archiver|snapshot|xact|io|recovery)\w+|(relation|table|total_relation|indexes|database)_size|relation_filenode|describe_object|table_is_visible)$/;

/**
 * Built-in functions that are neither volatile nor harmless: the planner runs them while it works out constants. They run
 * statements (`table_to_xml`, `ts_stat`, `ts_rewrite`), run a type's input function by its name (`record_in`), make huge
 * values (`repeat`, `lpad`, `array_fill`), take long (`factorial`), parse XML, tell settings, or take a transaction id.
 */
const DENIED =
  /^(.*_to_xml(schema|_and_xmlschema)?|ts_stat|ts_rewrite|ts_debug|querytree|repeat|lpad|rpad|array_fill|factorial|numeric_fac|xpath|xpath_exists|xmlexists|xml_is_well_formed.*|xmlvalidate|xml|dblink.*|set_config|current_setting|txid_.*|lo_.*|loread|lowrite|getpgusername|satisfies_hash_partition|to_regtypemod|binary_upgrade_.*|brin_.*|.*_(in|recv|out|send)|.*(typmodin|typmodout)|amvalidate|.*_handler|.*_validator|has_largeobject_privilege|pg_input_.*|inet_(client|server)_(addr|port))$/;

/** Whether a built-in function that is not volatile may stand in a statement. */
export function isHarmlessBuiltIn(name: string): boolean {
  if (HARMLESS_VOLATILE.has(name)) return true;
  return name.startsWith('pg_') ? HARMLESS_PG.test(name) : !DENIED.test(name);
}

/** Whether a built-in function may stand in a statement although it is volatile. */
export function isHarmlessVolatile(name: string): boolean {
  return HARMLESS_VOLATILE.has(name);
}

/** Whether a view, policy, index, or default of the database may use it: what stands there was written by its owner. */
export function isHarmlessWhenStored(name: string): boolean {
  return name === 'current_setting' || isHarmlessBuiltIn(name);
}

/** Extensions whose types, operators and functions only compute. Those of theirs that are volatile are refused all the same. */
export const COMPUTING_EXTENSIONS = [
  'btree_gin',
  'btree_gist',
  'citext',
  'cube',
  'earthdistance',
  'fuzzystrmatch',
  'hstore',
  'intarray',
  'isn',
  'ltree',
  'pg_trgm',
  'seg',
  'unaccent',
  'uuid-ossp',
  'vector',
];

/** Relations of the server that hold secrets, other people's statements, or samples of data, by name. */
const SENSITIVE =
  /^(pg_(authid|auth_members|shadow|user|group|user_mapping|user_mappings|foreign_server|statistic|statistic_ext|statistic_ext_data|stats|stats_ext|stats_ext_exprs|stat_activity|stat_statements\w*|stat_ssl|stat_gssapi|stat_replication\w*|stat_wal_receiver|stat_subscription\w*|stat_progress_\w+|subscription|subscription_rel|hba_file_rules|ident_file_mappings|settings|file_settings|db_role_setting|config|largeobject|largeobject_metadata|cursors|prepared_statements|prepared_xacts|replication_\w+|backend_memory_contexts|shmem_allocations\w*|aios|locks|seclabels?|shseclabel|available_extension\w*|toast_\w+)|_pg_\w+|user_mapping_options|user_mappings|foreign_server_options|foreign_servers|foreign_table_options|foreign_data_wrapper_options)$/;

/** Whether a relation of pg_catalog or information_schema tells more than the schema. */
export function isSensitiveRelation(name: string): boolean {
  return SENSITIVE.test(name);
}
