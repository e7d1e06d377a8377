-- a computed member
-- expect: error unknown name in need
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local k = need.key
    return need[k] == 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
