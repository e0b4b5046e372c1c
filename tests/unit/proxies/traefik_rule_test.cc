// Hosts in the rules of Traefik's routers, beside a slow twin that builds the whole tree.
#include "proxies/traefik_rule.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace proxy_telemetry {
namespace {

std::string First(std::string_view rule) { return FirstHostOfRule(rule).value_or("(none)"); }

TEST(TraefikRule, FindsTheFirstHost) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"Host(`a.example`)", "a.example"},
      {"Host(\"a.example\")", "a.example"},
      {"Host('a.example')", "a.example"},
      {"host(`a`)", "a"},
      {"HOST(`a`)", "a"},
      {"HostHeader(`a`)", "a"},
      {" Host ( `a` ) ", "a"},
      {"Host(`a`) || Host(`b`)", "a"},
      {"Host(`a`, `b`)", "a"},
      {"Host(``,`b`)", "b"},
      {"PathPrefix(`/x`) && Host(`a`)", "a"},
      {"(Host(`API.example`) || Host(`b`)) && !PathPrefix(`/private`)", "API.example"},
      {"((PathPrefix(`/`)) && (((Host(`a`)))))", "a"},
      {"Headers(`X-Host`, `Host(`) && Host(`a`)", "a"},
      {"PathPrefix(`/Host(x)`)||Host(`a`)", "a"},
      {"Host(\"a\\\"b\")", "a\"b"},
      {"HostRegexp(`^a$`)", "(none)"},
      {"HostRegexp(`^a$`) || Host(`b`)", "b"},
      {"HostSNI(`a`)", "(none)"},
      {"!Host(`a`)", "(none)"},
      {"! Host(`a`) && Host(`b`)", "b"},
      {"!(Host(`a`) || PathPrefix(`/`)) && Host(`b`)", "b"},
      {"!(!Host(`a`))", "a"},
      {"!!Host(`a`)", "a"},
      {"!(!(Host(`a`)))", "a"},
      {"ClientIP(`10.0.0.0/8`)", "(none)"},
      {"", "(none)"},
      {"Host", "(none)"},
      {"Host(", "(none)"},
      {"Host(`a", "(none)"},
      {"Host(a)", "(none)"},
      {"Host:a.example", "(none)"},
      {"`Host(`a`)", "(none)"},
  };
  for (const auto& [rule, host] : cases) EXPECT_EQ(First(rule), host) << rule;
}

TEST(TraefikRule, EndsOnAnyDepth) {
  EXPECT_EQ(First(std::string(100'000, '(') + "Host(`a`)"), "a");
  EXPECT_EQ(First(std::string(100'001, '!') + "Host(`a`)"), "(none)");
}

// A rule as a tree, which knows its own first host.
struct Node {
  enum class Kind { kHost, kOther, kNot, kAnd, kOr } kind = Kind::kOther;
  std::vector<std::string> arguments;
  std::vector<std::unique_ptr<Node>> children;

  std::string Text() const {
    std::string text;
    switch (kind) {
      case Kind::kHost:
      case Kind::kOther:
        text = kind == Kind::kHost ? "Host(" : "HostRegexp(";
        for (const std::string& argument : arguments) text += "`" + argument + "`,";
        text.back() = ')';
        return text;
      case Kind::kNot:
        return "!" + children[0]->Text();
      case Kind::kAnd:
      case Kind::kOr:
        return "(" + children[0]->Text() + (kind == Kind::kAnd ? " && " : "||") + children[1]->Text() + ")";
    }
    return text;
  }

  std::string FirstHost(bool negated) const {
    if (kind == Kind::kHost && !negated) return arguments[0];
    for (const auto& child : children) {
      const std::string host = child->FirstHost(negated != (kind == Kind::kNot));
      if (!host.empty()) return host;
    }
    return "";
  }
};

std::unique_ptr<Node> RandomRule(std::mt19937& random, int depth, int& names) {
  auto node = std::make_unique<Node>();
  const auto choice = random() % (depth > 0 ? 5 : 2);
  node->kind = static_cast<Node::Kind>(choice);
  if (choice < 2) {
    for (auto i = 1 + random() % 2; i > 0; --i) node->arguments.push_back("n" + std::to_string(names++));
    return node;
  }
  for (int i = choice == 2 ? 1 : 2; i > 0; --i) node->children.push_back(RandomRule(random, depth - 1, names));
  return node;
}

TEST(TraefikRule, AgreesWithItsSlowTwin) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 5000; ++round) {
    int names = 0;
    const auto rule = RandomRule(random, 5, names);
    const std::string expected = rule->FirstHost(false);
    EXPECT_EQ(First(rule->Text()), expected.empty() ? "(none)" : expected) << rule->Text();
  }
}

}  // namespace
}  // namespace proxy_telemetry
