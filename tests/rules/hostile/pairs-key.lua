-- an order that cannot be fixed
-- expect: error keys that are numbers or texts
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    for k in pairs({ [need] = 1 }) do end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
