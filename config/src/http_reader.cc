#include "http_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace proxy_telemetry {
namespace {

// Set by the program itself; a second one would break authentication, framing or decompression.
constexpr std::array<std::string_view, 8> kOwnHeaders{"authorization",  "accept", "accept-encoding",   "connection",
                                                      "content-length", "expect", "transfer-encoding", "upgrade"};

constexpr std::array<std::string_view, 2> kSchemes{"http", "https"};
constexpr std::array<std::string_view, 4> kVersions{"TLS10", "TLS11", "TLS12", "TLS13"};

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool HasControl(std::string_view text) { return std::any_of(text.begin(), text.end(), IsControl); }

// RFC 9110 token: what header names and authentication schemes are made of.
bool IsToken(std::string_view text) {
  constexpr std::string_view kSpecial = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kSpecial.find(c) != std::string_view::npos;
  });
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// Text for one line of a request; the message never repeats it.
bool HeaderText(Reader& reader, const Value* value, std::string& out) {
  if (!reader.String(value, out)) return false;
  if (HasControl(out)) {
    reader.Fail(*value, "must be one line without control characters");
    return false;
  }
  return true;
}

void ReadBasicAuth(Reader& reader, const Value& value, ScrapeConfig& out) {
  const Fields fields = reader.Map(value, {"username", "password", "password_file"});
  reader.Exclusive(fields, {"password", "password_file"});
  BasicAuthConfig auth;
  const Value* username = reader.Require(value, fields, "username");
  if (reader.NonEmptyString(username, auth.username) && auth.username.find(':') != std::string::npos) {
    reader.Fail(*username, "must not hold a colon, basic authentication cannot carry it");
  }
  reader.String(fields.Find("password"), auth.password.value);
  reader.FilePath(fields.Find("password_file"), auth.password.file);
  out.basic_auth = auth;
}

void ReadAuthorization(Reader& reader, const Value& value, ScrapeConfig& out) {
  const Fields fields = reader.Map(value, {"type", "credentials", "credentials_file"});
  reader.Exclusive(fields, {"credentials", "credentials_file"});
  AuthorizationConfig auth;
  const Value* type = fields.Find("type");
  if (reader.String(type, auth.type)) {
    if (!IsToken(auth.type)) reader.Fail(*type, "must be one word such as Bearer, not " + Quoted(auth.type));
    if (Lower(auth.type) == "basic") reader.Fail(*type, "cannot be Basic; use basic_auth with username and password");
  }
  const Value* credentials = fields.Find("credentials");
  const Value* file = fields.Find("credentials_file");
  if (credentials == nullptr && file == nullptr && value.node->kind == YamlNode::Kind::kMap) {
    reader.FailKey(value, "needs credentials or credentials_file");
  }
  HeaderText(reader, credentials, auth.credentials.value);
  reader.FilePath(file, auth.credentials.file);
  out.authorization = auth;
}

void ReadTls(Reader& reader, const Value& value, ScrapeConfig& out) {
  const Fields fields =
      reader.Map(value, {"ca_file", "cert_file", "key_file", "server_name", "insecure_skip_verify", "min_version"});
  reader.FilePath(fields.Find("ca_file"), out.tls.ca_file);
  reader.FilePath(fields.Find("cert_file"), out.tls.cert_file);
  reader.FilePath(fields.Find("key_file"), out.tls.key_file);
  reader.NonEmptyString(fields.Find("server_name"), out.tls.server_name);
  reader.Bool(fields.Find("insecure_skip_verify"), out.tls.insecure_skip_verify);
  std::size_t version = 0;
  if (reader.OneOf(fields.Find("min_version"), kVersions, version)) out.tls.min_version = kVersions[version];
  const Value* cert = fields.Find("cert_file");
  const Value* key = fields.Find("key_file");
  if (cert != nullptr && key == nullptr) reader.FailKey(*cert, "needs key_file beside it");
  if (key != nullptr && cert == nullptr) reader.FailKey(*key, "needs cert_file beside it");
}

// Name: text, or as in Prometheus' http_headers Name: {values: [...], secrets: [...], files: [...]}.
void ReadHeader(Reader& reader, const Value& header, ScrapeConfig& out) {
  if (header.node->kind != YamlNode::Kind::kMap) {
    Secret text;
    if (HeaderText(reader, &header, text.value)) out.headers.emplace_back(header.name(), text);
    return;
  }
  const Fields fields = reader.Map(header, {"values", "secrets", "files"});
  for (const Value& list : fields) {
    for (const Value& item : reader.List(list)) {
      Secret text;
      const bool is_file = list.name() == "files";
      const bool good = is_file ? reader.FilePath(&item, text.file) : HeaderText(reader, &item, text.value);
      if (good) out.headers.emplace_back(header.name(), text);
    }
  }
}

void ReadHeaders(Reader& reader, const Value& value, ScrapeConfig& out) {
  std::set<std::string> names;
  for (const Value& header : reader.FreeMap(value)) {
    const std::string name = Lower(header.name());
    if (!IsToken(name)) {
      reader.FailKey(header, "is not a header name; use letters, digits and -");
    } else if (name == "authorization") {
      reader.FailKey(header, "cannot be set here; use authorization or basic_auth");
    } else if (std::find(kOwnHeaders.begin(), kOwnHeaders.end(), name) != kOwnHeaders.end()) {
      reader.FailKey(header, "cannot be set, the scrape sets it itself");
    } else if (!names.insert(name).second) {
      reader.FailKey(header, "duplicate header, case does not count; give it once with values: [...]");
    } else {
      ReadHeader(reader, header, out);
    }
  }
}

void ReadParams(Reader& reader, const Value& value, ScrapeConfig& out) {
  for (const Value& param : reader.FreeMap(value)) {
    for (const Value& item : reader.List(param)) {
      std::string text;
      if (reader.String(&item, text)) out.params.emplace_back(param.name(), text);
    }
  }
}

void ReadMetricsPath(Reader& reader, const Value* value, ScrapeConfig& out) {
  std::string path;
  if (!reader.String(value, path)) return;
  if (!path.starts_with('/')) {
    reader.Fail(*value, "must start with /, not " + Quoted(path));
  } else if (path.find('#') != std::string::npos) {
    reader.Fail(*value, "must hold no #; a proxy never sees what is behind it");
  } else if (HasControl(path) || path.find(' ') != std::string::npos) {
    reader.Fail(*value, "must hold no spaces or control characters; write %20 for a space");
  } else {
    out.metrics_path = path;
  }
}

}  // namespace

void ReadHttp(Reader& reader, const Fields& job, ScrapeConfig& out) {
  std::size_t scheme = 0;
  if (reader.OneOf(job.Find("scheme"), kSchemes, scheme)) out.scheme = kSchemes[scheme];
  ReadMetricsPath(reader, job.Find("metrics_path"), out);
  reader.Bool(job.Find("follow_redirects"), out.follow_redirects);
  reader.SizeBytes(job.Find("body_size_limit"), out.body_size_limit);
  reader.Exclusive(job, {"basic_auth", "authorization"});
  if (const Value* value = job.Find("basic_auth")) ReadBasicAuth(reader, *value, out);
  if (const Value* value = job.Find("authorization")) ReadAuthorization(reader, *value, out);
  if (const Value* value = job.Find("tls_config")) ReadTls(reader, *value, out);
  if (const Value* value = job.Find("headers")) ReadHeaders(reader, *value, out);
  if (const Value* value = job.Find("params")) ReadParams(reader, *value, out);
}

}  // namespace proxy_telemetry
