-- the same, made inside
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local a, b
    a = function(n) return b(n) end
    b = function(n) return a(n) end
    return a(1)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
