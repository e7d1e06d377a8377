-- the order in which tables lie
-- expect: error keys that are numbers or texts
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    for k in pairs({ [{}] = 1, [{}] = 2 }) do return true end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
