/*
 * A GSUP client made of Osmocom's own client and codec: what it prints is what their decoder understood.
 * Arguments: address, port, name. Each line read is a request:
 *   check IMSI IMEI      Check-IMEI
 *   locate IMSI          Update-Location (circuit-switched)
 * Each line written is "up", "down", or "TYPE IMSI [ack|nack] [cause N]". It ends at the end of its input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <osmocom/core/application.h>
#include <osmocom/core/logging.h>
#include <osmocom/core/msgb.h>
#include <osmocom/core/select.h>
#include <osmocom/core/talloc.h>
#include <osmocom/gsm/gsm48_ie.h>
#include <osmocom/gsm/gsup.h>
#include <osmocom/gsupclient/gsup_client.h>

static struct osmo_gsup_client *client;

static void request(char *line)
{
	struct osmo_gsup_message message = { .message_class = OSMO_GSUP_MESSAGE_CLASS_SUBSCRIBER_MANAGEMENT };
	uint8_t encoded[16];
	char act[16], imsi[16], imei[32] = "";

	if (sscanf(line, "%15s %15s %31s", act, imsi, imei) < 2)
		return;
	snprintf(message.imsi, sizeof(message.imsi), "%s", imsi);
	if (!strcmp(act, "check")) {
		int length = gsm48_encode_bcd_number(encoded, sizeof(encoded), 0, imei);
		message.message_type = OSMO_GSUP_MSGT_CHECK_IMEI_REQUEST;
		message.imei_enc = encoded;
		message.imei_enc_len = length;
	} else {
		message.message_type = OSMO_GSUP_MSGT_UPDATE_LOCATION_REQUEST;
		message.cn_domain = OSMO_GSUP_CN_DOMAIN_CS;
	}
	if (osmo_gsup_client_enc_send(client, &message) < 0)
		printf("unsent %s\n", imsi);
}

static int answer(struct osmo_gsup_client *from, struct msgb *msg)
{
	struct osmo_gsup_message message;

	if (osmo_gsup_decode(msgb_l2(msg), msgb_l2len(msg), &message) < 0) {
		printf("undecodable\n");
	} else {
		printf("%s %s", osmo_gsup_message_type_name(message.message_type) + strlen("OSMO_GSUP_MSGT_"), message.imsi);
		if (message.imei_result)
			printf(" %s", message.imei_result == OSMO_GSUP_IMEI_RESULT_ACK ? "ack" : "nack");
		if (OSMO_GSUP_IS_MSGT_ERROR(message.message_type))
			printf(" cause %d", message.cause);
		printf("\n");
		if (message.message_type == OSMO_GSUP_MSGT_INSERT_DATA_REQUEST) {
			struct osmo_gsup_message result = { .message_type = OSMO_GSUP_MSGT_INSERT_DATA_RESULT };
			strcpy(result.imsi, message.imsi);
			osmo_gsup_client_enc_send(from, &result);
		}
	}
	msgb_free(msg);
	return 0;
}

static bool state(struct osmo_gsup_client *from, bool up)
{
	printf("%s\n", up ? "up" : "down");
	return true;
}

static int input(struct osmo_fd *fd, unsigned int what)
{
	static char buffer[4096];
	static size_t filled;
	char *line, *end;
	ssize_t got = read(fd->fd, buffer + filled, sizeof(buffer) - 1 - filled);

	if (got <= 0)
		exit(0);
	filled += got;
	buffer[filled] = '\0';
	for (line = buffer; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		request(line);
	}
	filled -= line - buffer;
	memmove(buffer, line, filled);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct log_info_cat none[] = {};
	static const struct log_info info = { .cat = none, .num_cat = 0 };
	struct osmo_fd terminal;
	void *all = talloc_named_const(NULL, 0, "gsupclient");
	struct ipaccess_unit *unit = talloc_zero(all, struct ipaccess_unit);
	struct osmo_gsup_client_config config = { .ipa_dev = unit, .read_cb = answer, .up_down_cb = state };

	if (argc != 4)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	msgb_talloc_ctx_init(all, 0);
	osmo_init_logging2(all, &info);
	unit->unit_name = argv[3];
	unit->serno = argv[3];
	config.ip_addr = argv[1];
	config.tcp_port = atoi(argv[2]);
	client = osmo_gsup_client_create3(all, &config);
	if (!client)
		return 1;
	osmo_fd_setup(&terminal, STDIN_FILENO, OSMO_FD_READ, input, NULL, 0);
	osmo_fd_register(&terminal);
	for (;;)
		osmo_select_main(0);
}
