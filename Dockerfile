# PoseBatch in a container.
#
#   docker build -t posebatch .                        CPU
#   docker build -t posebatch:cuda --target cuda .     CUDA 13 with cuDNN 9
#
#   docker run --rm -v "$PWD:/data" posebatch process clip.mp4 --model models/NAME --out results
#   docker run -d -v "$PWD:/data" posebatch            the service: /data/inbox, /data/jobs, /data/results, /data/posebatch.db
#
# The live page listens on loopback, which a container keeps to itself. To reach it, give it an address and a key:
#   docker run -d -v "$PWD:/data" -p 8478:8478 -e POSEBATCH__Service__Url=http://0.0.0.0:8478 -e POSEBATCH__Service__ApiKey=KEY posebatch
# `docker stop -t 60` (or `docker run --stop-timeout 60`) hands running jobs over at the end of their segment: the time must be more
# than Jobs:DrainSeconds (20) and 20 s, after which the service is gone, whatever hangs.
#
# /data is the working folder and the one place to mount: videos, models and results are named relative to it. The
# program runs as user 10001, who must be able to write where the results go; `--user "$(id -u):$(id -g)"` is fine too.
# It is that user's home as well, so model packages added with `posebatch models add` stay in /data/.posebatch.

# Any images of the same kind will do, a mirror or one that is already there.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0
ARG CUDA_IMAGE=nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04

# --- build -----------------------------------------------------------------------------------------------------------

FROM ${SDK_IMAGE} AS sdk
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
WORKDIR /source
# The packages first: they are large and rarely change, so their layer outlives changes of our own sources.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY src/PoseBatch.Conversion/PoseBatch.Conversion.csproj src/PoseBatch.Conversion/
COPY src/PoseBatch.Core/PoseBatch.Core.csproj src/PoseBatch.Core/
COPY src/PoseBatch.Ffmpeg/PoseBatch.Ffmpeg.csproj src/PoseBatch.Ffmpeg/
COPY src/PoseBatch.JobStores/PoseBatch.JobStores.csproj src/PoseBatch.JobStores/
COPY src/PoseBatch.Onnx/PoseBatch.Onnx.csproj src/PoseBatch.Onnx/
COPY src/PoseBatch.Parquet/PoseBatch.Parquet.csproj src/PoseBatch.Parquet/
COPY src/PoseBatch.Results/PoseBatch.Results.csproj src/PoseBatch.Results/
COPY src/PoseBatch.Worker/PoseBatch.Worker.csproj src/PoseBatch.Worker/

FROM sdk AS build-cuda
RUN dotnet restore src/PoseBatch.Worker -p:OrtGpu=true --disable-build-servers
COPY . .
RUN dotnet publish src/PoseBatch.Worker -c Release -p:OrtGpu=true --disable-build-servers -o /app

FROM sdk AS build-cpu
RUN dotnet restore src/PoseBatch.Worker --disable-build-servers
COPY . .
RUN dotnet publish src/PoseBatch.Worker -c Release --disable-build-servers -o /app

# --- run with CUDA ---------------------------------------------------------------------------------------------------

FROM ${RUNTIME_IMAGE} AS dotnet-runtime

FROM ${CUDA_IMAGE} AS cuda
# These names are the same in Debian 12 and Ubuntu 24.04.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      ca-certificates openssl libstdc++6 ffmpeg \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 posebatch \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin posebatch \
 && install -d -o 10001 -g 10001 /data \
 && ln -s /app/posebatch /usr/local/bin/posebatch
COPY --from=dotnet-runtime /usr/share/dotnet /usr/share/dotnet
COPY --from=build-cuda /app /app
ENV DOTNET_ROOT=/usr/share/dotnet DOTNET_EnableDiagnostics=0
WORKDIR /data
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/posebatch"]
CMD ["run"]

# --- run on the CPU (the default target) -----------------------------------------------------------------------------

FROM ${RUNTIME_IMAGE} AS cpu
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ffmpeg \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 posebatch \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin posebatch \
 && install -d -o 10001 -g 10001 /data \
 && ln -s /app/posebatch /usr/local/bin/posebatch
COPY --from=build-cpu /app /app
ENV DOTNET_EnableDiagnostics=0
WORKDIR /data
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/posebatch"]
CMD ["run"]
