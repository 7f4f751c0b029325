#!/usr/bin/env -S PWD=/proc/self/cwd SHELL=${SHELL} HOME=${HOME} /bin/bash -p
# Starts posebatch-host, the program itself, without the diagnostics of .NET: they leave a socket and two pipes in the temporary
# folder, through which whoever runs as the same user may read all memory. The runtime asks its environment for that, before any
# code of the program runs. bash, because other shells drop variables with a dot in their name. To attach dotnet-trace or
# dotnet-dump, set DOTNET_EnableDiagnostics=1.
#
# PWD, because bash would complain of a current folder that is gone before the program can say so. SHELL and HOME, because
# bash asks the name service of the machine for them where a service manager sets neither; empty ones it leaves alone.
cd -P . 2>/dev/null
[ -n "$SHELL" ] || unset SHELL
[ -n "$HOME" ] || unset HOME
export DOTNET_EnableDiagnostics=${DOTNET_EnableDiagnostics:-0}
self=${BASH_SOURCE[0]}
[ ! -L "$self" ] || self=$(PATH=$PATH:/usr/bin:/bin readlink -f -- "$self")
case $self in */*) ;; *) self=./$self ;; esac
exec "${self%/*}/posebatch-host" "$@"
