/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export/report_json.c - the report for programs
 *
 * Times are integers in ns since the start of the recording, names are escaped
 * as on screen and so always valid UTF-8. A key that cannot be filled is
 * absent; keys are only ever added. docs/report.md lists them.
 */
#include "export/report.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "export/report_order.h"

/*
 * jansson's setters take NULL values and objects, and fail: so only the last
 * one of an object needs to be looked at, and failed is kept once for all.
 */
struct json_out {
	const struct model *m;
	bool failed;
};

static void put(struct json_out *j, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		j->failed = true;
}

static void append(struct json_out *j, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		j->failed = true;
}

/* JSON's integers are signed here; no duration comes near. */
static void put_u64(struct json_out *j, json_t *object, const char *key, uint64_t value)
{
	put(j, object, key,
	    json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value));
}

static json_t *escaped(const char *hostile)
{
	size_t bytes;
	json_t *json;
	char *safe;

	if (!hostile)
		return json_null();
	bytes = text_escape(NULL, 0, hostile) + 1;
	safe = malloc(bytes);
	if (!safe)
		return NULL;
	text_escape(safe, bytes, hostile);
	json = json_string(safe);
	free(safe);
	return json;
}

static uint32_t tid_of(const struct model *m, uint32_t task)
{
	const struct task *t = model_task(m, task);

	return t ? t->tid : 0;
}

/* ---- the whole ---- */

static json_t *command(struct json_out *j, const struct trace_info *info)
{
	json_t *argv;

	if (!info || !info->argv)
		return json_null();
	argv = json_array();
	for (int i = 0; i < info->argc; i++)
		append(j, argv, escaped(info->argv[i]));
	return argv;
}

static void put_head(struct json_out *j, json_t *o)
{
	const struct trace_info *info = model_info(j->m);
	struct trace_end end = {.cut = true};

	model_ended(j->m, &end);
	put(j, o, "version", json_string(MTVIZ_VERSION));
	put(j, o, "command", command(j, info));
	if (info) {
		put(j, o, "scope", escaped(info->scope));
		put(j, o, "kernel", escaped(info->kernel));
		put_u64(j, o, "start_boottime_ns", info->start_boottime_ns);
		put_u64(j, o, "start_realtime_ns", info->start_realtime_ns);
	}
	put_u64(j, o, "duration_ns", report_end_ns(j->m));
	put(j, o, "cut", json_boolean(end.cut));
	put_u64(j, o, "events", model_events(j->m));
	put_u64(j, o, "lost", model_lost(j->m));
}

static json_t *cpus(struct json_out *j)
{
	json_t *array = json_array();

	for (unsigned int cpu = 0; cpu < model_nr_cpus(j->m); cpu++) {
		uint64_t busy, target, switches;
		json_t *o = json_object();

		model_cpu_totals(j->m, cpu, &busy, &target, &switches);
		put_u64(j, o, "cpu", cpu);
		put_u64(j, o, "busy_ns", busy);
		put_u64(j, o, "target_ns", target);
		put_u64(j, o, "switches", switches);
		append(j, array, o);
	}
	return array;
}

/* ---- threads ---- */

static void put_exit(struct json_out *j, json_t *o, const struct task *t)
{
	int status = t->exit_status;
	bool exited = t->exited && t->end_ns <= report_end_ns(j->m);
	bool killed = exited && WIFSIGNALED(status);

	put(j, o, "exit_code",
	    exited && !killed ? json_integer(WEXITSTATUS(status)) : json_null());
	put(j, o, "exit_signal", killed ? json_integer(WTERMSIG(status)) : json_null());
}

static json_t *thread(struct json_out *j, uint32_t index)
{
	static const struct {
		const char *key;
		enum state state;
	} states[] = {
		{"run_ns", STATE_RUNNING},     {"runnable_ns", STATE_RUNNABLE},
		{"lock_ns", STATE_LOCK},       {"sync_ns", STATE_SYNC},
		{"io_ns", STATE_IO},           {"sleep_ns", STATE_SLEEP},
		{"stopped_ns", STATE_STOPPED}, {"other_ns", STATE_OTHER},
		{"unknown_ns", STATE_UNKNOWN},
	};
	const struct task *t = model_task(j->m, index);
	uint64_t ns[STATE_NR];
	json_t *o = json_object();

	_Static_assert(sizeof(states) / sizeof(states[0]) == STATE_NR, "all states");
	put_u64(j, o, "tid", t->tid);
	put_u64(j, o, "tgid", t->tgid);
	put_u64(j, o, "ppid", t->ppid);
	put(j, o, "name", escaped(t->comm));
	put_u64(j, o, "start_ns", t->start_ns);
	put(j, o, "born_ns", json_integer(t->born_ns));
	put_u64(j, o, "end_ns", task_end_ns(j->m, t));
	put_exit(j, o, t);
	model_task_totals(j->m, index, ns);
	for (size_t i = 0; i < STATE_NR; i++)
		put_u64(j, o, states[i].key, ns[states[i].state]);
	put_u64(j, o, "voluntary", t->voluntary);
	put_u64(j, o, "involuntary", t->involuntary);
	put_u64(j, o, "migrations", t->migrations);
	put_u64(j, o, "runq_p50_ns", model_task_runq_ns(j->m, index, 50));
	put_u64(j, o, "runq_p99_ns", model_task_runq_ns(j->m, index, 99));
	put_u64(j, o, "runq_max_ns", model_task_runq_ns(j->m, index, 100));
	return o;
}

static json_t *threads(struct json_out *j)
{
	json_t *array = json_array();
	struct task_list l;

	if (list_threads(j->m, &l))
		j->failed = true;
	for (size_t i = 0; i < l.nr; i++)
		append(j, array, thread(j, l.index[i]));
	task_list_free(&l);
	return array;
}

static json_t *others(struct json_out *j)
{
	json_t *array = json_array();
	struct task_list l;

	if (list_others(j->m, &l))
		j->failed = true;
	for (size_t i = 0; i < l.nr; i++) {
		const struct task *t = model_task(j->m, l.index[i]);
		json_t *o = json_object();
		char name[80];

		other_name(t, name, sizeof(name));
		put_u64(j, o, "tid", t->tid);
		put(j, o, "name", json_string(name));
		put_u64(j, o, "run_ns", model_other_run_ns(j->m, l.index[i]));
		append(j, array, o);
	}
	task_list_free(&l);
	return array;
}

/* ---- locks ---- */

/* "PI mutex" is for people; here it is pi_mutex. */
static json_t *kind_key(enum lock_kind kind)
{
	const char *name = lock_kind_name(kind);
	char key[32];
	size_t i;

	for (i = 0; name[i] && i + 1 < sizeof(key); i++)
		key[i] = name[i] == ' '                     ? '_'
			 : name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32)
							    : name[i];
	key[i] = '\0';
	return json_string(key);
}

static json_t *lock_waiters(struct json_out *j, uint32_t id)
{
	size_t nr = model_lock_waiters(j->m, id, NULL, 0);
	uint32_t *tasks = calloc(nr ? nr : 1, sizeof(*tasks));
	json_t *array = json_array();

	if (!tasks) {
		j->failed = true;
		return array;
	}
	model_lock_waiters(j->m, id, tasks, nr);
	for (size_t i = 0; i < nr; i++)
		append(j, array, json_integer(tid_of(j->m, tasks[i])));
	free(tasks);
	return array;
}

static json_t *lock_holders(struct json_out *j, uint32_t id)
{
	size_t nr = model_lock_holders(j->m, id, NULL, 0);
	struct lock_holder *holders = calloc(nr ? nr : 1, sizeof(*holders));
	json_t *array = json_array();

	if (!holders) {
		j->failed = true;
		return array;
	}
	model_lock_holders(j->m, id, holders, nr);
	for (size_t i = 0; i < nr; i++) {
		uint32_t tid = holders[i].task ? tid_of(j->m, holders[i].task) : 0;
		json_t *o = json_object();

		put(j, o, "tid", tid ? json_integer(tid) : json_null());
		put(j, o, "evidence", json_string(evidence_name(holders[i].evidence)));
		put_u64(j, o, "wait_ns", holders[i].wait_ns);
		append(j, array, o);
	}
	free(holders);
	return array;
}

static json_t *lock_releasers(struct json_out *j, uint32_t id)
{
	size_t nr = model_lock_releasers(j->m, id, NULL, 0);
	struct lock_releaser *releasers = calloc(nr ? nr : 1, sizeof(*releasers));
	json_t *array = json_array();

	if (!releasers) {
		j->failed = true;
		return array;
	}
	model_lock_releasers(j->m, id, releasers, nr);
	for (size_t i = 0; i < nr; i++) {
		json_t *o = json_object();

		put_u64(j, o, "tid", tid_of(j->m, releasers[i].task));
		put_u64(j, o, "count", releasers[i].count);
		append(j, array, o);
	}
	free(releasers);
	return array;
}

static json_t *locks(struct json_out *j)
{
	json_t *array = json_array();

	for (uint32_t id = 1; id <= model_nr_locks(j->m); id++) {
		const struct lock *l = model_lock(j->m, id);
		json_t *o = json_object();
		char address[24];

		snprintf(address, sizeof(address), "0x%" PRIx64, l->address);
		put_u64(j, o, "id", id);
		put(j, o, "name", escaped(l->name));
		put(j, o, "kind", kind_key(l->kind));
		put_u64(j, o, "tgid", l->tgid);
		put(j, o, "address", json_string(address));
		put_u64(j, o, "waits", l->waits);
		put_u64(j, o, "wait_ns", l->wait_ns);
		put_u64(j, o, "max_wait_ns", l->max_wait_ns);
		put_u64(j, o, "p99_wait_ns", model_lock_wait_ns(j->m, id, 99));
		put(j, o, "waiters", lock_waiters(j, id));
		put(j, o, "holders", lock_holders(j, id));
		put(j, o, "releasers", lock_releasers(j, id));
		append(j, array, o);
	}
	return array;
}

/* ---- findings ---- */

static json_t *findings(struct json_out *j)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < model_nr_findings(j->m); i++) {
		const struct finding *f = model_finding(j->m, i);
		json_t *o = json_object(), *tids = json_array(), *ids = json_array();

		for (unsigned int k = 0; k < f->nr_tasks; k++)
			append(j, tids, json_integer(tid_of(j->m, f->tasks[k])));
		for (unsigned int k = 0; k < f->nr_locks; k++)
			append(j, ids, json_integer(f->locks[k]));
		put(j, o, "kind", json_string(finding_kind_name(f->kind)));
		put_u64(j, o, "start_ns", f->start_ns);
		if (f->end_ns == UINT64_MAX)
			put(j, o, "end_ns", json_null());
		else
			put_u64(j, o, "end_ns", f->end_ns);
		put(j, o, "tids", tids);
		put(j, o, "locks", ids);
		put(j, o, "text", escaped(f->text));
		append(j, array, o);
	}
	return array;
}

/* ---- the object ---- */

int report_json(const struct model *m, FILE *out)
{
	struct json_out j = {.m = m};
	json_t *o = json_object();
	int err = 0;

	put_head(&j, o);
	put(&j, o, "cpus", cpus(&j));
	put(&j, o, "threads", threads(&j));
	put(&j, o, "others", others(&j));
	put(&j, o, "locks", locks(&j));
	put(&j, o, "findings", findings(&j));
	if (j.failed) {
		json_decref(o);
		return -ENOMEM;
	}
	errno = 0;
	if (json_dumpf(o, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER) ||
	    fputc('\n', out) == EOF || fflush(out) || ferror(out))
		err = errno ? -errno : -EIO;
	json_decref(o);
	return err;
}
