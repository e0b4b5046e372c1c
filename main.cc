// proxy-telemetry: the command line.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/version.h"
#include "config/loader.h"
#include "daemon.h"
#include "exporter/local_discovery.h"
#include "exporter/log_reader.h"
#include "flags.h"
#include "tools/commands.h"

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
  if (const Status formats = CheckLogFormats(*result.config); !formats.ok()) {
    std::fprintf(stderr, "%s\n", FormatConfigError(file, {0, 0, "", formats.message()}).c_str());
    return kExitFailure;
  }
  std::printf("%s: ok\n", file.c_str());
  return 0;
}

int CheckLocal() {
  const std::vector<LocalProxy> proxies = FindLocalProxies();
  const LocalLogs logs{CanMakeLocalLogSocket(), {}};
  for (const LocalProxy& proxy : proxies) {
    std::printf("%s %s\n", ProxyKindName(proxy.kind), proxy.address.c_str());
    // As it is, for copying: a log line would have quotes of its own.
    std::istringstream lines(HowToTellMore(proxy, logs));
    for (std::string line; std::getline(lines, line);) std::printf("  %s\n", line.c_str());
  }
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

// The flags of import, export, inspect and verify.
struct StoreCommands {
  tools::ImportFlags import;
  tools::ExportFlags exporting;
  tools::InspectFlags inspect;
  tools::VerifyFlags verify;
};

void AddStoreCommands(CLI::App& app, StoreCommands& commands) {
  CLI::App* const import = app.add_subcommand("import", "Bring samples of a file into the history, all or none");
  import
      ->add_option("FILE", commands.import.file,
                   "OpenMetrics, Prometheus text with timestamps or promtool tsdb dump; gzip or Zstandard too; - for "
                   "standard input")
      ->required();
  AddNamed(*import, "--format", commands.import.format, &tools::ParseSampleFormat,
           "auto, openmetrics, prometheus or dump (default auto)");
  CLI::App* const export_command = app.add_subcommand("export", "Print the history as OpenMetrics");
  export_command
      ->add_option("--match", commands.exporting.matches, "Only series of this selector, as up{job=\"a\"}; repeatable")
      ->allow_extra_args(false);
  export_command->add_option("--start", commands.exporting.start, "First time: Unix seconds, RFC 3339, now or -1d");
  export_command->add_option("--end", commands.exporting.end, "Last time, in the same way");
  CLI::App* const inspect = app.add_subcommand("inspect", "Say what the history holds");
  inspect->add_flag("--json", commands.inspect.json, "As JSON");
  CLI::App* const verify = app.add_subcommand("verify", "Read all of the history back: 0 sound, 1 damaged, 2 unknown");
  verify->add_flag("--repair", commands.verify.repair, "Set damaged parts aside and keep what can be read of them");
}

// The exit code, if the command line has such a command.
std::optional<int> RunStoreCommand(const CLI::App& app, StoreCommands& commands, const Flags& flags) {
  const auto is_one = [&app](const char* name) { return app.got_subcommand(name); };
  if (!is_one("import") && !is_one("export") && !is_one("inspect") && !is_one("verify")) return std::nullopt;
  InitLog(flags.log_level, flags.log_format);
  const tools::StoreFlags store{flags.storage_path, kDefaultStoragePath, flags.config_file};
  commands.import.store = commands.exporting.store = commands.inspect.store = commands.verify.store = store;
  if (is_one("import")) return tools::RunImport(commands.import);
  if (is_one("export")) return tools::RunExport(commands.exporting);
  return is_one("inspect") ? tools::RunInspect(commands.inspect) : tools::RunVerify(commands.verify);
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
  StoreCommands commands;
  AddStoreCommands(app, commands);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  if (check_config->parsed()) return CheckConfig(file);
  if (check_local->parsed()) return CheckLocal();
  if (const auto code = RunStoreCommand(app, commands, flags)) return *code;
  return Serve(std::move(flags));
}

}  // namespace
}  // namespace proxy_telemetry

int main(int argc, char** argv) { return proxy_telemetry::Main(argc, argv); }
