/* readers.c: may another user open this file? Of readers.h. The kernel answers that for oneself
 * only, so the bits of the file and of the folders that lead to it are read. Lists of access
 * (acl(5)) are not: where they are, the group's bits say the most that anybody in them may do. */
#include "readers.h"

#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GROUPS_MAX = 1024 };

struct user {
    bool is_anybody;
    uid_t uid;
    gid_t groups[GROUPS_MAX];
    int group_count;
};

static void find_groups(struct user *user)
{
    const struct passwd *entry = getpwuid(user->uid);
    user->group_count = entry ? GROUPS_MAX : 0;
    if (entry && getgrouplist(entry->pw_name, entry->pw_gid, user->groups, &user->group_count) < 0)
        user->group_count = 0;
}

static bool is_in(const struct user *user, gid_t group)
{
    for (int i = 0; i < user->group_count; i++)
        if (user->groups[i] == group)
            return true;
    return false;
}

/* `bits`: those wanted, as others have them: S_IROTH or S_IXOTH. */
static bool has_bits(const struct user *user, const struct stat *status, mode_t bits)
{
    if (!user->is_anybody && status->st_uid == user->uid)
        return status->st_mode & bits << 6;
    if (!user->is_anybody && is_in(user, status->st_gid))
        return status->st_mode & bits << 3;
    return status->st_mode & bits;
}

/* Whether the user may go through all folders of the path. */
static bool may_pass(const struct user *user, char *path)
{
    struct stat status;
    for (char *slash = path; (slash = strchr(slash, '/')); slash++) {
        const char kept = slash[1];
        slash[1] = 0;
        const bool is_open = stat(path, &status) == 0 && has_bits(user, &status, S_IXOTH);
        slash[1] = kept;
        if (!is_open)
            return false;
    }
    return true;
}

static bool may_read(const struct user *user, int fd)
{
    char name[32], path[PATH_MAX];
    struct stat opened, named;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(name, path, sizeof path - 1);
    if (length <= 0 || fstat(fd, &opened) != 0)
        return false;
    path[length] = 0;
    if (!user->is_anybody && opened.st_uid == user->uid) /* wherever it lies */
        return true;
    return stat(path, &named) == 0 && named.st_dev == opened.st_dev &&
           named.st_ino == opened.st_ino && has_bits(user, &opened, S_IROTH) &&
           may_pass(user, path);
}

bool mt_trace_may_show(const struct mt_trace *trace, int fd)
{
    struct user user = {.is_anybody = mt_trace_pack_folder(trace), .uid = mt_trace_owner(trace)};
    if (!user.is_anybody && (user.uid == geteuid() || user.uid == 0))
        return true;
    if (!user.is_anybody)
        find_groups(&user);
    return may_read(&user, fd);
}
