#pragma once

#include <compare>

namespace orrery {

/// A number with a physical dimension: time^T x bytes^B x flop^F x joule^E x dollar^M, always in base SI units
/// (seconds, bytes, floating-point operations, joules, dollars), so that a wrong formula does not compile.
/// A dimensionless quotient is a plain `double`. Take the bare number out with `.raw()` only to print it or to hand it
/// to a solver.
template <int T, int B, int F, int E, int M>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double base_units) : raw_(base_units) {}
  constexpr double raw() const { return raw_; }

  constexpr Quantity& operator+=(Quantity other) { return raw_ += other.raw_, *this; }
  constexpr Quantity& operator-=(Quantity other) { return raw_ -= other.raw_, *this; }
  constexpr Quantity& operator*=(double factor) { return raw_ *= factor, *this; }
  constexpr Quantity& operator/=(double factor) { return raw_ /= factor, *this; }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return a += b; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return a -= b; }
  friend constexpr Quantity operator-(Quantity a) { return Quantity(-a.raw_); }
  friend constexpr Quantity operator*(Quantity a, double factor) { return a *= factor; }
  friend constexpr Quantity operator*(double factor, Quantity a) { return a *= factor; }
  friend constexpr Quantity operator/(Quantity a, double factor) { return a /= factor; }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;

 private:
  double raw_ = 0.0;
};

namespace detail {
template <int T, int B, int F, int E, int M>
constexpr auto quantity_of(double base_units) {
  if constexpr (T == 0 && B == 0 && F == 0 && E == 0 && M == 0) {
    return base_units;
  } else {
    return Quantity<T, B, F, E, M>(base_units);
  }
}
}  // namespace detail

template <int T1, int B1, int F1, int E1, int M1, int T2, int B2, int F2, int E2, int M2>
constexpr auto operator*(Quantity<T1, B1, F1, E1, M1> a, Quantity<T2, B2, F2, E2, M2> b) {
  return detail::quantity_of<T1 + T2, B1 + B2, F1 + F2, E1 + E2, M1 + M2>(a.raw() * b.raw());
}
template <int T1, int B1, int F1, int E1, int M1, int T2, int B2, int F2, int E2, int M2>
constexpr auto operator/(Quantity<T1, B1, F1, E1, M1> a, Quantity<T2, B2, F2, E2, M2> b) {
  return detail::quantity_of<T1 - T2, B1 - B2, F1 - F2, E1 - E2, M1 - M2>(a.raw() / b.raw());
}
template <int T, int B, int F, int E, int M>
constexpr auto operator/(double a, Quantity<T, B, F, E, M> b) {
  return detail::quantity_of<-T, -B, -F, -E, -M>(a / b.raw());
}

using Seconds = Quantity<1, 0, 0, 0, 0>;
using Hertz = Quantity<-1, 0, 0, 0, 0>;
using Bytes = Quantity<0, 1, 0, 0, 0>;
using BytesPerSecond = Quantity<-1, 1, 0, 0, 0>;
using Flops = Quantity<0, 0, 1, 0, 0>;  ///< A count of floating-point operations, not a rate.
using FlopsPerSecond = Quantity<-1, 0, 1, 0, 0>;
using Joules = Quantity<0, 0, 0, 1, 0>;
using Watts = Quantity<-1, 0, 0, 1, 0>;
using Dollars = Quantity<0, 0, 0, 0, 1>;
using DollarsPerSecond = Quantity<-1, 0, 0, 0, 1>;
using DollarsPerWatt = Quantity<1, 0, 0, -1, 1>;   ///< Of building: what a watt of power costs once.
using DollarsPerJoule = Quantity<0, 0, 0, -1, 1>;  ///< Of electricity.

inline namespace literals {
// One row a unit: literal suffix, dimension, size in base units.
#define ORRERY_UNIT(suffix, Type, size)                      \
  constexpr Type operator""_##suffix(long double n) {        \
    return Type(static_cast<double>(n) * (size));            \
  }                                                          \
  constexpr Type operator""_##suffix(unsigned long long n) { \
    return Type(static_cast<double>(n) * (size));            \
  }
ORRERY_UNIT(s, Seconds, 1.0)
ORRERY_UNIT(ms, Seconds, 1e-3)
ORRERY_UNIT(us, Seconds, 1e-6)
ORRERY_UNIT(ns, Seconds, 1e-9)
ORRERY_UNIT(B, Bytes, 1.0)
ORRERY_UNIT(KB, Bytes, 1e3)
ORRERY_UNIT(MB, Bytes, 1e6)
ORRERY_UNIT(GB, Bytes, 1e9)
ORRERY_UNIT(KiB, Bytes, 1024.0)
ORRERY_UNIT(MiB, Bytes, 1048576.0)
ORRERY_UNIT(GiB, Bytes, 1073741824.0)
ORRERY_UNIT(GB_per_s, BytesPerSecond, 1e9)
ORRERY_UNIT(TB_per_s, BytesPerSecond, 1e12)
ORRERY_UNIT(Gbit_per_s, BytesPerSecond, 0.125e9)
ORRERY_UNIT(GFLOP, Flops, 1e9)
ORRERY_UNIT(TFLOP, Flops, 1e12)
ORRERY_UNIT(TFLOP_per_s, FlopsPerSecond, 1e12)
ORRERY_UNIT(W, Watts, 1.0)
ORRERY_UNIT(kW, Watts, 1e3)
ORRERY_UNIT(MW, Watts, 1e6)
ORRERY_UNIT(USD, Dollars, 1.0)
#undef ORRERY_UNIT
}  // namespace literals

constexpr Seconds max(Seconds a, Seconds b) {
  return a < b ? b : a;
}
constexpr Seconds min(Seconds a, Seconds b) {
  return b < a ? b : a;
}

}  // namespace orrery
