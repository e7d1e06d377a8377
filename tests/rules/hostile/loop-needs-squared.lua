-- every need with every need, for ever
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local n = 0
    while true do
      for _, a in ipairs(person:needs()) do
        for _, b in ipairs(person:needs()) do n = n + a.gap * b.gap end
      end
    end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
