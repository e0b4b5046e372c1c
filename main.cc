// proxy-telemetry: the command line.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/version.h"
#include "config/loader.h"
#include "daemon.h"
#include "exporter/local_discovery.h"
#include "flags.h"

namespace proxy_telemetry {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;

int Fail(const std::string& message, int code = kExitFailure) {
  std::fprintf(stderr, "proxy-telemetry: %s\n", message.c_str());
  return code;
}

int CheckConfig(const std::string& file) {
  const ConfigResult result = LoadConfigFile(file, ProcessEnv());
  for (const ConfigError& error : result.errors) {
    std::fprintf(stderr, "%s\n", FormatConfigError(file, error).c_str());
  }
  if (!result.config) return kExitFailure;
  std::printf("%s: ok\n", file.c_str());
  return 0;
}

int CheckLocal() {
  const std::vector<LocalProxy> proxies = FindLocalProxies();
  for (const LocalProxy& proxy : proxies) std::printf("%s %s\n", ProxyKindName(proxy.kind), proxy.address.c_str());
  if (!proxies.empty()) return 0;
  std::string places;
  for (const std::string& place : LocalProxyPlaces()) places += "\n  " + place;
  return Fail("no proxy found on this machine; looked at" + places);
}

// "" or "/prefix", from --web.route-prefix or else the path of --web.external-url.
std::string RoutePrefix(const Flags& flags) {
  std::string prefix = flags.route_prefix;
  if (prefix.empty() && !flags.external_url.empty()) {
    const std::size_t host = flags.external_url.find("://");
    const std::size_t path = flags.external_url.find('/', host == std::string::npos ? 0 : host + 3);
    if (path != std::string::npos) prefix = flags.external_url.substr(path);
  }
  while (!prefix.empty() && prefix.back() == '/') prefix.pop_back();
  if (!prefix.empty() && prefix.front() != '/') prefix.insert(0, "/");
  return prefix;
}

int Serve(Flags flags) {
  if (!flags.web_config_file.empty()) {
    return Fail("--web.config.file is not supported yet; let the reverse proxy terminate TLS and authenticate",
                kExitUsage);
  }
  if (!flags.telemetry_path.starts_with('/')) {
    return Fail("--web.telemetry-path must start with '/', for example /metrics", kExitUsage);
  }
  flags.route_prefix = RoutePrefix(flags);
  BlockDaemonSignals();
  InitLog(flags.log_level, flags.log_format);
  Daemon daemon(std::move(flags));
  if (const Status status = daemon.Start(); !status.ok()) {
    LogError("cannot start", {{"reason", status.message()}});
    return kExitFailure;
  }
  daemon.WaitForEnd();
  return 0;
}

// A flag whose text must name one of a few values.
template <typename T>
void AddNamed(CLI::App& app, const std::string& name, T& into, Result<T> (*parse)(std::string_view),
              const std::string& help) {
  app.add_option_function<std::string>(
      name,
      [&into, parse](const std::string& text) {
        auto value = parse(text);
        if (!value.ok()) throw CLI::ValidationError(value.status().message());
        into = *value;
      },
      help);
}

void AddServeFlags(CLI::App& app, Flags& flags) {
  app.add_option("--config.file", flags.config_file,
                 "YAML configuration; without it, proxies on this machine are scraped");
  app.add_option("--storage.path", flags.storage_path, "Directory of the history (default data/)");
  app.add_option("--web.listen-address", flags.listen_addresses, "Address to listen on; repeatable")
      ->capture_default_str()
      ->allow_extra_args(false);
  app.add_option("--web.telemetry-path", flags.telemetry_path, "Path of the metrics page")->capture_default_str();
  app.add_option("--web.config.file", flags.web_config_file, "TLS and basic auth, in exporter-toolkit's format");
  app.add_option("--web.external-url", flags.external_url, "URL under which a reverse proxy shows this program");
  app.add_option("--web.route-prefix", flags.route_prefix,
                 "Prefix of all paths (default: the path of --web.external-url)");
  app.add_flag("--web.enable-lifecycle", flags.enable_lifecycle, "Allow POST /-/reload and /-/quit");
  AddNamed(app, "--log.level", flags.log_level, &ParseLogLevel, "debug, info, warn or error (default info)");
  AddNamed(app, "--log.format", flags.log_format, &ParseLogFormat, "logfmt or json (default logfmt)");
}

int Main(int argc, char** argv) {
  CLI::App app("Per-host requests, errors, latency and live backends of any reverse proxy: scraped, kept, served.",
               "proxy-telemetry");
  app.set_version_flag("--version", std::string("proxy-telemetry ") + kVersion);
  app.set_help_flag("--help,-h", "Print this help and exit");
  app.require_subcommand(0, 1);
  app.fallthrough();
  Flags flags;
  AddServeFlags(app, flags);
  app.add_subcommand("serve", "Scrape, keep and serve (the default)");
  CLI::App* const check = app.add_subcommand("check", "Check something and exit");
  check->require_subcommand(1);
  std::string file;
  CLI::App* const check_config = check->add_subcommand("config", "Check a configuration file");
  check_config->add_option("FILE", file, "The file")->required();
  CLI::App* const check_local = check->add_subcommand("local", "Look for proxies on this machine");
  for (const char* later : {"import", "export", "inspect", "verify"}) {
    app.add_subcommand(later, "Not supported yet")->fallthrough(false)->allow_extras();
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  if (check_config->parsed()) return CheckConfig(file);
  if (check_local->parsed()) return CheckLocal();
  for (const char* later : {"import", "export", "inspect", "verify"}) {
    if (app.got_subcommand(later)) return Fail(std::string(later) + " is not supported yet", kExitUsage);
  }
  return Serve(std::move(flags));
}

}  // namespace
}  // namespace proxy_telemetry

int main(int argc, char** argv) { return proxy_telemetry::Main(argc, argv); }
