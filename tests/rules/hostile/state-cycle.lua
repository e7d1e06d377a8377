-- tables that hold one another
-- expect: fires
local a, b = { name = "a" }, { name = "b" }
a.b, b.a = b, a
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return a.b.a.b.name == "b"
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
