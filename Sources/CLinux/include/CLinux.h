#pragma once

// Linux calls that the Glibc module of Swift lacks, or has only as macros. Every function returns 0 or a count on success and
// the negated errno on failure, so that a caller never reads errno across threads or language borders.
// The feature macro that these calls need stands in the .c file: in a header it would change types of other modules.

#include <stdint.h>

/// What a descriptor is watched for, and what came.
enum {
    LINUX_READABLE = 1,
    LINUX_WRITABLE = 2,
    /// An error or a hang-up; reported without being asked for.
    LINUX_BROKEN = 4,
};

typedef struct {
    int32_t fd;
    uint32_t what;
} linux_event;

int linux_epoll_open(void);
int linux_epoll_add(int epoll, int fd, uint32_t what);
int linux_epoll_modify(int epoll, int fd, uint32_t what);
int linux_epoll_remove(int epoll, int fd);
/// Waits at most `nanoseconds` (forever where negative); the number of events, 0 also when a signal came.
int linux_epoll_wait(int epoll, linux_event *events, int capacity, int64_t nanoseconds);

/// A counter that wakes an epoll: non-blocking, closed on exec.
int linux_eventfd_open(void);
int linux_eventfd_signal(int fd);
int linux_eventfd_drain(int fd);

/// Blocks the signals for the calling thread, and threads that it starts, and opens a descriptor that reports them.
int linux_signals_open(const int *signals, int count);
/// The next signal's number, or -EAGAIN.
int linux_signals_next(int fd);

typedef struct {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
} linux_peer;

/// Who is at the other end of a connected Unix socket, as the kernel saw it at connect.
int linux_peer_credentials(int socket, linux_peer *peer);

/// One datagram in the protocol of sd_notify(3). `address` is $NOTIFY_SOCKET: a path, or an abstract name after '@'.
int linux_notify(const char *address, const char *message);

/// With 0, no core dump is written and other processes of the user cannot attach or read our memory.
int linux_set_dumpable(int dumpable);

/// Sets the allocator for a process that lives long and has many threads that mostly wait: one arena for all, and freed memory that
/// the next request wants again is not given back to the kernel in between. Before the first thread; 0, or -EINVAL.
int linux_allocator_tune(void);

/// Drops the resident pages of the program's own code. Starting touches most of a large program, and the kernel maps sixteen pages
/// for each that is touched; what a running daemon needs comes back as it is used. 0, or a negated errno.
int linux_drop_program_pages(void);

/// Starts a thread that calls `body(context)`. A detached one is not joined. `name` has at most 15 bytes.
int linux_thread_start(const char *name, uint64_t stack, int detached, void (*body)(void *), void *context, uint64_t *thread);
int linux_thread_join(uint64_t thread);
/// The calling thread, as linux_thread_start names it.
uint64_t linux_thread_self(void);

/// The C library's words for an errno, a constant text.
const char *linux_error_text(int error);

/// A counting semaphore on the monotonic clock; NULL where there is no memory.
typedef struct linux_semaphore linux_semaphore;
linux_semaphore *linux_semaphore_open(void);
void linux_semaphore_close(linux_semaphore *semaphore);
void linux_semaphore_post(linux_semaphore *semaphore);
/// Waits until posted, or until CLOCK_MONOTONIC shows `deadline` nanoseconds (forever where negative): 0 or -ETIMEDOUT.
int linux_semaphore_wait(linux_semaphore *semaphore, int64_t deadline);

/// A program that runs as our child.
typedef struct {
    int32_t pid;
    /// What it writes to its standard output and error; reading does not block.
    int32_t output;
    /// Readable once it has ended; negative where the kernel has no such descriptor (before 5.3).
    int32_t ended;
} linux_child;

/// Starts the program `arguments[0]`, an absolute path: in a session and process group of its own, in the folder /, with `input` on
/// its standard input, no other descriptor of ours, and the default action for every signal. Both lists end with NULL. Fails also
/// where the program is not there or may not be run.
int linux_child_start(
    linux_child *child, char *const *arguments, char *const *environment, const void *input, uint64_t size);
/// Signals every process of the child's group.
int linux_child_signal(int32_t pid, int signal);
/// 1 with the status as wait(2) has it once the child has ended, which frees its number; 0 while it runs, unless it `waits`.
int linux_child_end(int32_t pid, int waits, int *status);
