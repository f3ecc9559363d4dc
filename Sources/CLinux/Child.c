#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// The input is a file in memory rather than a pipe: it is written whole at once, however slowly it is read, and who reads nothing
// of it raises no SIGPIPE here.
static int open_input(const void *input, uint64_t size) {
    int file = memfd_create("message", MFD_CLOEXEC);
    if (file < 0) return -errno;
    const char *rest = input;
    while (size > 0) {
        ssize_t written = write(file, rest, size);
        if (written < 0) {
            int error = errno;
            if (error == EINTR) continue;
            close(file);
            return -error;
        }
        rest += written;
        size -= (uint64_t)written;
    }
    lseek(file, 0, SEEK_SET);
    return file;
}

static int spawn(pid_t *pid, char *const *arguments, char *const *environment, int input, int output) {
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return error;
    posix_spawnattr_t attributes;
    error = posix_spawnattr_init(&attributes);
    if (error) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    error = posix_spawn_file_actions_adddup2(&actions, input, 0);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, output, 1);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, output, 2);
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (!error) error = posix_spawn_file_actions_addchdir_np(&actions, "/");
    if (!error) error = posix_spawn(pid, arguments[0], &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int linux_child_start(
    linux_child *child, char *const *arguments, char *const *environment, const void *input, uint64_t size) {
    int file = open_input(input, size);
    if (file < 0) return file;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        int error = errno;
        close(file);
        return -error;
    }
    // Ours alone: the program's own end blocks as usual.
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    pid_t pid = 0;
    int error = spawn(&pid, arguments, environment, file, ends[1]);
    close(file);
    close(ends[1]);
    if (error) {
        close(ends[0]);
        return -error;
    }
    child->pid = pid;
    child->output = ends[0];
    child->ended = (int)syscall(SYS_pidfd_open, pid, 0);
    return 0;
}

int linux_child_signal(int32_t pid, int signal) { return kill(-pid, signal) < 0 ? -errno : 0; }

int linux_child_end(int32_t pid, int waits, int *status) {
    pid_t ended;
    do ended = waitpid(pid, status, waits ? 0 : WNOHANG);
    while (ended < 0 && errno == EINTR);
    if (ended < 0) return -errno;
    return ended == pid;
}
