-- setmetatable does not exist
-- expect: fault unknown name 'setmetatable'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = setmetatable({}, {})
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
