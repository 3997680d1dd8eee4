/*
 * An MME as an extension of freeDiameter: asks an EIR what a file tells it to and writes down what it answers.
 *
 * The file's first line is the EIR's host, the second its realm; each further line is IMSI, IMEI and software version, "-"
 * where there is none. The answers go to the same name with ".out": one line per request with the result, the vendor of an
 * experimental result or 0, the Equipment-Status or -1, and whether the rules of ECA hold; then "end".
 *
 * The dictionary of freeDiameter for 3GPP has the AVPs of S13; the application and its command are defined here.
 */
#include <freeDiameter/extension.h>
#include <pthread.h>
#include <semaphore.h>

#define VENDOR_3GPP 10415
#define S13 16777252

enum { SESSION, STATE, ORIGIN_HOST, ORIGIN_REALM, TO_REALM, USER, TERMINAL, IMEI, VERSION, RESULT, EXPERIMENTAL,
	EXPERIMENTAL_CODE, VENDOR, STATUS, FAILED, AVPS };

static const struct { vendor_id_t vendor; avp_code_t code; } CODES[AVPS] = {
	[SESSION] = { 0, 263 }, [STATE] = { 0, 277 }, [ORIGIN_HOST] = { 0, 264 }, [ORIGIN_REALM] = { 0, 296 },
	[TO_REALM] = { 0, 283 }, [USER] = { 0, 1 }, [TERMINAL] = { VENDOR_3GPP, 1401 }, [IMEI] = { VENDOR_3GPP, 1402 },
	[VERSION] = { VENDOR_3GPP, 1403 }, [RESULT] = { 0, 268 }, [EXPERIMENTAL] = { 0, 297 },
	[EXPERIMENTAL_CODE] = { 0, 298 }, [VENDOR] = { 0, 266 }, [STATUS] = { VENDOR_3GPP, 1445 }, [FAILED] = { 0, 279 },
};

static struct dict_object *avps[AVPS], *request;
static char *file;
static sem_t answered;
static FILE *out;

static int rule(struct dict_object *command, int avp, enum rule_position position, int least, int most)
{
	struct dict_rule_data data = { avps[avp], position, position == RULE_FIXED_HEAD, least, most };
	return fd_dict_new(fd_g_config->cnf_dict, DICT_RULE, &data, command, NULL);
}

static int define(void)
{
	struct dictionary *dict = fd_g_config->cnf_dict;
	struct dict_object *application, *answer, *vendor;
	vendor_id_t id = VENDOR_3GPP;
	struct dict_application_data app = { S13, "3GPP S13" };
	struct dict_cmd_data ecr = { 324, "3GPP-ME-Identity-Check-Request", CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE | CMD_FLAG_ERROR,
		CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE };
	struct dict_cmd_data eca = { 324, "3GPP-ME-Identity-Check-Answer", CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE,
		CMD_FLAG_PROXIABLE };
	int at;

	CHECK_FCT(fd_dict_search(dict, DICT_VENDOR, VENDOR_BY_ID, &id, &vendor, ENOENT));
	CHECK_FCT(fd_dict_new(dict, DICT_APPLICATION, &app, vendor, &application));
	CHECK_FCT(fd_dict_new(dict, DICT_COMMAND, &ecr, application, &request));
	CHECK_FCT(fd_dict_new(dict, DICT_COMMAND, &eca, application, &answer));
	for (at = 0; at < AVPS; at++) {
		struct dict_avp_request search = { CODES[at].vendor, CODES[at].code, NULL };
		CHECK_FCT(fd_dict_search(dict, DICT_AVP, AVP_BY_CODE_AND_VENDOR, &search, &avps[at], ENOENT));
	}
	CHECK_FCT(rule(answer, SESSION, RULE_FIXED_HEAD, 1, 1));
	CHECK_FCT(rule(answer, STATE, RULE_REQUIRED, 1, 1));
	CHECK_FCT(rule(answer, ORIGIN_HOST, RULE_REQUIRED, 1, 1));
	CHECK_FCT(rule(answer, ORIGIN_REALM, RULE_REQUIRED, 1, 1));
	CHECK_FCT(rule(answer, RESULT, RULE_OPTIONAL, 0, 1));
	CHECK_FCT(rule(answer, EXPERIMENTAL, RULE_OPTIONAL, 0, 1));
	CHECK_FCT(rule(answer, STATUS, RULE_OPTIONAL, 0, 1));
	CHECK_FCT(rule(answer, FAILED, RULE_OPTIONAL, 0, 1));
	return fd_disp_app_support(application, vendor, 1, 0);
}

static int add(msg_or_avp *to, int which, const char *text, int32_t number)
{
	struct avp *avp;
	union avp_value value;

	CHECK_FCT(fd_msg_avp_new(avps[which], 0, &avp));
	if (text != NULL) {
		value.os.data = (uint8_t *)text;
		value.os.len = strlen(text);
	} else
		value.i32 = number;
	CHECK_FCT(fd_msg_avp_setvalue(avp, &value));
	return fd_msg_avp_add(to, MSG_BRW_LAST_CHILD, avp);
}

static int number(struct avp *avp)
{
	struct avp_hdr *header;

	if (avp == NULL || fd_msg_avp_hdr(avp, &header) != 0 || header->avp_value == NULL)
		return -1;
	return header->avp_value->i32;
}

static struct avp *member(struct avp *group, int which)
{
	struct avp *child = NULL;
	struct avp_hdr *header;

	if (fd_msg_browse(group, MSG_BRW_FIRST_CHILD, &child, NULL) != 0)
		return NULL;
	while (child != NULL) {
		if (fd_msg_avp_hdr(child, &header) == 0 && header->avp_code == CODES[which].code)
			return child;
		if (fd_msg_browse(child, MSG_BRW_NEXT, &child, NULL) != 0)
			return NULL;
	}
	return NULL;
}

static void on_answer(void *data, struct msg **message)
{
	struct avp *result = NULL, *experimental = NULL, *status = NULL;
	struct fd_pei fault;
	int code, vendor = 0, rules;

	(void)data;
	rules = fd_msg_parse_rules(*message, fd_g_config->cnf_dict, &fault);
	fd_msg_search_avp(*message, avps[RESULT], &result);
	fd_msg_search_avp(*message, avps[EXPERIMENTAL], &experimental);
	fd_msg_search_avp(*message, avps[STATUS], &status);
	code = number(result);
	if (experimental != NULL) {
		code = number(member(experimental, EXPERIMENTAL_CODE));
		vendor = number(member(experimental, VENDOR));
	}
	fprintf(out, "%d %d %d %s\n", code, vendor, number(status), rules == 0 ? "rules hold" : fault.pei_errcode);
	fd_msg_free(*message);
	*message = NULL;
	sem_post(&answered);
}

static int ask(const char *realm, const char *imsi, const char *imei, const char *version)
{
	struct msg *message;
	struct avp *terminal;

	CHECK_FCT(fd_msg_new(request, MSGFL_ALLOC_ETEID, &message));
	CHECK_FCT(fd_msg_new_session(message, (os0_t)"s13", 3));
	CHECK_FCT(add(message, STATE, NULL, 1));
	CHECK_FCT(fd_msg_add_origin(message, 0));
	CHECK_FCT(add(message, TO_REALM, realm, 0));
	CHECK_FCT(fd_msg_avp_new(avps[TERMINAL], 0, &terminal));
	if (strcmp(imei, "-") != 0)
		CHECK_FCT(add(terminal, IMEI, imei, 0));
	if (strcmp(version, "-") != 0)
		CHECK_FCT(add(terminal, VERSION, version, 0));
	CHECK_FCT(fd_msg_avp_add(message, MSG_BRW_LAST_CHILD, terminal));
	if (strcmp(imsi, "-") != 0)
		CHECK_FCT(add(message, USER, imsi, 0));
	return fd_msg_send(&message, on_answer, NULL);
}

static int open_within(const char *host, int tenths)
{
	struct peer_hdr *peer;

	for (; tenths > 0; tenths--) {
		if (fd_peer_getbyid((DiamId_t)host, strlen(host), 0, &peer) == 0 && peer != NULL
			&& fd_peer_get_state(peer) == STATE_OPEN)
			return 1;
		usleep(100000);
	}
	return 0;
}

static void *talk(void *data)
{
	char host[256], realm[256], imsi[32], imei[32], version[32];
	struct timespec until;
	FILE *in = fopen(file, "r");

	(void)data;
	if (in == NULL || fscanf(in, "%255s %255s", host, realm) != 2)
		fprintf(out, "no file\n");
	else if (!open_within(host, 100))
		fprintf(out, "not open\n");
	else
		while (fscanf(in, "%31s %31s %31s", imsi, imei, version) == 3) {
			if (ask(realm, imsi, imei, version) != 0)
				fprintf(out, "not sent\n");
			clock_gettime(CLOCK_REALTIME, &until);
			until.tv_sec += 5;
			if (sem_timedwait(&answered, &until) != 0)
				fprintf(out, "no answer\n");
		}
	fprintf(out, "end\n");
	fclose(out);
	fd_core_shutdown();
	return NULL;
}

static int s13mme_entry(char *conffile)
{
	pthread_t thread;
	char name[1024];

	file = conffile;
	snprintf(name, sizeof(name), "%s.out", file);
	out = fopen(name, "w");
	if (out == NULL || sem_init(&answered, 0, 0) != 0)
		return EINVAL;
	setvbuf(out, NULL, _IOLBF, 0);
	CHECK_FCT(define());
	CHECK_POSIX(pthread_create(&thread, NULL, talk, NULL));
	return 0;
}

EXTENSION_ENTRY("s13mme", s13mme_entry, "dict_dcca_3gpp");
