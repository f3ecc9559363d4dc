#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int linux_epoll_open(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }

static int control(int epoll, int operation, int fd, uint32_t what) {
    struct epoll_event event = {.events = 0, .data = {.fd = fd}};
    if (what & LINUX_READABLE) event.events |= EPOLLIN;
    if (what & LINUX_WRITABLE) event.events |= EPOLLOUT;
    return result(epoll_ctl(epoll, operation, fd, &event));
}

int linux_epoll_add(int epoll, int fd, uint32_t what) { return control(epoll, EPOLL_CTL_ADD, fd, what); }
int linux_epoll_modify(int epoll, int fd, uint32_t what) { return control(epoll, EPOLL_CTL_MOD, fd, what); }
int linux_epoll_remove(int epoll, int fd) { return control(epoll, EPOLL_CTL_DEL, fd, 0); }

int linux_epoll_wait(int epoll, linux_event *events, int capacity, int64_t nanoseconds) {
    struct epoll_event raw[64];
    if (capacity > 64) capacity = 64;
    struct timespec wait = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int count = epoll_pwait2(epoll, raw, capacity, nanoseconds < 0 ? NULL : &wait, NULL);
    if (count < 0 && errno == ENOSYS) {
        // Kernels before 5.11 know milliseconds only; rounded up, for a timer must not fire early.
        int64_t milliseconds = nanoseconds < 0 ? -1 : (nanoseconds + 999999) / 1000000;
        count = epoll_wait(epoll, raw, capacity, milliseconds > INT32_MAX ? INT32_MAX : (int)milliseconds);
    }
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        uint32_t what = 0;
        if (raw[i].events & EPOLLIN) what |= LINUX_READABLE;
        if (raw[i].events & EPOLLOUT) what |= LINUX_WRITABLE;
        if (raw[i].events & (EPOLLERR | EPOLLHUP)) what |= LINUX_BROKEN;
        events[i].fd = raw[i].data.fd;
        events[i].what = what;
    }
    return count;
}

int linux_eventfd_open(void) { return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int linux_eventfd_signal(int fd) {
    // EAGAIN means that the counter is full: the reader has a wake-up waiting anyway.
    return eventfd_write(fd, 1) < 0 && errno != EAGAIN ? -errno : 0;
}

int linux_eventfd_drain(int fd) {
    eventfd_t value;
    return eventfd_read(fd, &value) < 0 && errno != EAGAIN ? -errno : 0;
}

int linux_signals_open(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++)
        if (sigaddset(&set, signals[i]) < 0) return -errno;
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error) return -error;
    return result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

int linux_signals_next(int fd) {
    struct signalfd_siginfo info;
    ssize_t size = read(fd, &info, sizeof info);
    if (size < 0) return -errno;
    return size == sizeof info ? (int)info.ssi_signo : -EIO;
}

int linux_peer_credentials(int socket, linux_peer *peer) {
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) return -errno;
    peer->pid = credentials.pid;
    peer->uid = credentials.uid;
    peer->gid = credentials.gid;
    return 0;
}

int linux_notify(const char *address, const char *message) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t length = strlen(address);
    if (length < 2 || (address[0] != '/' && address[0] != '@')) return -EINVAL;
    if (length >= sizeof name.sun_path) return -ENAMETOOLONG;
    memcpy(name.sun_path, address, length);
    if (address[0] == '@') name.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    ssize_t sent = sendto(fd, message, strlen(message), MSG_NOSIGNAL, (struct sockaddr *)&name, size);
    int outcome = sent < 0 ? -errno : 0;
    close(fd);
    return outcome;
}

int linux_allocator_tune(void) {
    // mallopt(3). In an arena of a thread, glibc gives back what lies free at its end after almost every transfer, which costs an
    // mprotect and page faults each time; the main arena has a threshold for it. Blocks of 512 KiB are mapped and unmapped whole.
    int tuned = mallopt(M_ARENA_MAX, 1) && mallopt(M_TRIM_THRESHOLD, 2 << 20) && mallopt(M_TOP_PAD, 256 << 10) &&
                mallopt(M_MMAP_THRESHOLD, 512 << 10);
    return tuned ? 0 : -EINVAL;
}

int linux_drop_program_pages(void) {
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0) return -errno;
    program[length] = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps) return -errno;
    int outcome = 0;
    char line[4608];
    while (fgets(line, sizeof line, maps)) {
        uintptr_t begin, end;
        char rights[5];
        int path = 0;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %*s %n", &begin, &end, rights, &path) != 3 || !path) continue;
        line[strcspn(line, "\n")] = 0;
        // Code only: it is never written, so what is dropped is read again from the file.
        if (strcmp(rights, "r-xp") != 0 || strcmp(line + path, program) != 0) continue;
        if (madvise((void *)begin, end - begin, MADV_DONTNEED) != 0) outcome = -errno;
    }
    fclose(maps);
    return outcome;
}

int linux_set_dumpable(int dumpable) { return result(prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0)); }

struct start {
    void (*body)(void *);
    void *context;
    char name[16];
};

static void *begin(void *raw) {
    struct start start = *(struct start *)raw;
    free(raw);
    pthread_setname_np(pthread_self(), start.name);
    start.body(start.context);
    return NULL;
}

int linux_thread_start(const char *name, uint64_t stack, int detached, void (*body)(void *), void *context, uint64_t *thread) {
    struct start *start = malloc(sizeof *start);
    if (!start) return -ENOMEM;
    start->body = body;
    start->context = context;
    snprintf(start->name, sizeof start->name, "%s", name);
    pthread_attr_t attributes;
    pthread_t id;
    pthread_attr_init(&attributes);
    int error = pthread_attr_setstacksize(&attributes, stack);
    if (!error && detached) error = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (!error) error = pthread_create(&id, &attributes, begin, start);
    pthread_attr_destroy(&attributes);
    if (error) {
        free(start);
        return -error;
    }
    *thread = id;
    return 0;
}

int linux_thread_join(uint64_t thread) { return -pthread_join(thread, NULL); }

uint64_t linux_thread_self(void) { return pthread_self(); }

const char *linux_error_text(int error) {
    const char *text = strerrordesc_np(error);
    return text ? text : "unknown error";
}

struct linux_semaphore {
    sem_t semaphore;
};

linux_semaphore *linux_semaphore_open(void) {
    linux_semaphore *made = malloc(sizeof *made);
    if (made) sem_init(&made->semaphore, 0, 0);
    return made;
}

void linux_semaphore_close(linux_semaphore *semaphore) {
    sem_destroy(&semaphore->semaphore);
    free(semaphore);
}

void linux_semaphore_post(linux_semaphore *semaphore) { sem_post(&semaphore->semaphore); }

int linux_semaphore_wait(linux_semaphore *semaphore, int64_t deadline) {
    struct timespec until = {.tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000};
    int outcome;
    do {
        outcome = deadline < 0 ? sem_wait(&semaphore->semaphore)
                               : sem_clockwait(&semaphore->semaphore, CLOCK_MONOTONIC, &until);
    } while (outcome < 0 && errno == EINTR);
    return result(outcome);
}
