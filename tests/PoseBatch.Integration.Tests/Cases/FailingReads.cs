namespace PoseBatch.Cases;

/// <summary>
/// A library that is loaded before the C library and makes a file fail as a share does: opening it, or reading from a place on, ends with
/// an error of the system as long as a switch (a file) is there.
/// </summary>
internal static class FailingReads
{
    /// <summary>EIO, as of a dying disk.</summary>
    public const int EIO = 5;

    /// <summary>ESTALE, as of a share whose server has forgotten the file.</summary>
    public const int ESTALE = 116;

    private const string Source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <stdarg.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>

        static int fails(const char *path)
        {
            const char *end = getenv("FAIL_NAME"), *on = getenv("FAIL_SWITCH");
            size_t length = strlen(path);
            return end && on && length >= strlen(end) && strcmp(path + length - strlen(end), end) == 0 && access(on, F_OK) == 0;
        }

        static int opens(const char *name, const char *path, int flags, int mode)
        {
            int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, name);
            if (!getenv("FAIL_FROM") && fails(path)) { errno = atoi(getenv("FAIL_ERROR")); return -1; }
            return next(path, flags, mode);
        }

        int open(const char *path, int flags, ...) { va_list a; va_start(a, flags); int mode = va_arg(a, int); va_end(a); return opens("open", path, flags, mode); }
        int open64(const char *path, int flags, ...) { va_list a; va_start(a, flags); int mode = va_arg(a, int); va_end(a); return opens("open64", path, flags, mode); }

        static int fails_at(int file, off_t offset)
        {
            char link[64], path[4096];
            if (!getenv("FAIL_FROM") || offset < atoll(getenv("FAIL_FROM"))) return 0;
            snprintf(link, sizeof link, "/proc/self/fd/%d", file);
            ssize_t length = readlink(link, path, sizeof path - 1);
            if (length < 0) return 0;
            path[length] = 0;
            return fails(path);
        }

        ssize_t read(int file, void *to, size_t count)
        {
            ssize_t (*next)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
            if (getenv("FAIL_FROM") && fails_at(file, lseek(file, 0, SEEK_CUR))) { errno = atoi(getenv("FAIL_ERROR")); return -1; }
            return next(file, to, count);
        }

        static ssize_t reads_at(const char *name, int file, void *to, size_t count, off_t offset)
        {
            ssize_t (*next)(int, void *, size_t, off_t) = dlsym(RTLD_NEXT, name);
            if (fails_at(file, offset + (off_t)count - 1)) { errno = atoi(getenv("FAIL_ERROR")); return -1; }
            return next(file, to, count, offset);
        }

        ssize_t pread(int file, void *to, size_t count, off_t offset) { return reads_at("pread", file, to, count, offset); }
        ssize_t pread64(int file, void *to, size_t count, off_t offset) { return reads_at("pread64", file, to, count, offset); }
        """;

    /// <summary>Builds the library; skips the test where there is no C compiler.</summary>
    /// <returns>Its path.</returns>
    public static string Build(TemporaryFolder folder)
    {
        File.WriteAllText(folder["fail.c"], Source);
        Assert.SkipUnless(SystemProgram.Run("cc", "-shared", "-fPIC", "-o", folder["fail.so"], folder["fail.c"], "-ldl"), "Needs a C compiler.");
        return folder["fail.so"];
    }

    /// <summary>A program in place of ffmpeg or ffprobe that is the real one with the library loaded.</summary>
    /// <param name="folder">Where it lies.</param>
    /// <param name="program">ffmpeg or ffprobe.</param>
    /// <param name="file">The end of the file's name.</param>
    /// <param name="error">What reading it ends with.</param>
    /// <param name="from">From which byte on; null for opening it.</param>
    /// <returns>Path of the program. The switch is the file <c>away</c> in the folder.</returns>
    public static string Program(TemporaryFolder folder, string program, string file, int error, long? from) => folder.Program(
        $"failing-{program}",
        $"#!/bin/sh\nFAIL_NAME='{file}' FAIL_SWITCH='{folder["away"]}' FAIL_ERROR={error} {(from is { } first ? $"FAIL_FROM={first} " : null)}LD_PRELOAD='{Build(folder)}' exec {program} \"$@\"\n");
}
