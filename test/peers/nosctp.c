/*
 * Preloaded into a program that insists on a listener over SCTP where the kernel has none: SCTP sockets become TCP ones, and
 * what is set on them for SCTP only is taken as done.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

int socket(int domain, int type, int protocol)
{
	int (*next)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");

	return next(domain, type, protocol == IPPROTO_SCTP ? IPPROTO_TCP : protocol);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	int (*next)(int, int, int, const void *, socklen_t) =
		(int (*)(int, int, int, const void *, socklen_t))dlsym(RTLD_NEXT, "setsockopt");

	return level == IPPROTO_SCTP ? 0 : next(fd, level, name, value, length);
}
